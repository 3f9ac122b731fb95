/** Ends the program with one plain line on stderr. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** 1: refused. 2: usage. */
  readonly exit: 1 | 2;

  constructor(exit: 1 | 2, message: string) {
    super(message);
    this.exit = exit;
  }
}

export function usage(message: string): Failure {
  return new Failure(2, message);
}
