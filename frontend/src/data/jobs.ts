import { signal } from '@preact/signals';

/** Work that takes a while, with how far it is: shown as long as it goes on, and stopped when it is asked to. */
export interface Job {
  readonly id: number;
  readonly label: string;
  readonly done: number;
  /** Undefined until it is known. */
  readonly total: number | undefined;
  readonly stop: () => void;
}

export interface Progress {
  readonly signal: AbortSignal;
  readonly tell: (done: number, total: number | undefined) => void;
}

export const jobs = signal<readonly Job[]>([]);

let last = 0;

/** Runs some work under a label. What it gives is given; stopping is told to it by the signal. */
export async function runJob<T>(label: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const id = ++last;
  jobs.value = [...jobs.peek(), { id, label, done: 0, total: undefined, stop: () => stopping.abort() }];
  try {
    return await work({
      signal: stopping.signal,
      tell: (done, total) => {
        jobs.value = jobs.peek().map((one) => (one.id === id ? { ...one, done, total } : one));
      },
    });
  } finally {
    jobs.value = jobs.peek().filter((one) => one.id !== id);
  }
}
