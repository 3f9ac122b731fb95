import stringWidth from 'string-width';

/** Shows how far long work is, on one line of a terminal that is written over. */
export interface Progress {
  /** `done` of `total`; without a total only what is done is shown. */
  at(done: number, total: number | undefined, what: string): void;
  /** Takes the line away. */
  end(): void;
}

export interface Terminal {
  readonly columns: number;
  readonly write: (text: string) => void;
}

/** Between two drawings, so that a fast import is not slowed down by its own bar. */
const INTERVAL_MS = 100;
const BAR = 24;

/** Nothing is shown where stderr is no terminal. `now`: milliseconds. */
export function createProgress(terminal: Terminal | undefined, now: () => number): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    at(done, total, what) {
      if (terminal === undefined || now() - drawn < INTERVAL_MS) return;
      drawn = now();
      shown = true;
      terminal.write(`\r${line(done, total, what, terminal.columns - 1)}\x1b[K`);
    },
    end() {
      if (shown) terminal?.write('\r\x1b[K');
      shown = false;
    },
  };
}

function line(done: number, total: number | undefined, what: string, columns: number): string {
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const text = share === undefined ? `${done} ${what}` : `${bar(share)} ${Math.floor(share * 100)}% ${what}`;
  let kept = '';
  for (const char of text) {
    if (stringWidth(kept + char) > columns) break;
    kept += char;
  }
  return kept;
}

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}
