import { signal } from '@preact/signals';

/** What an action asks before it is done. Data asks; what is on the screen (screens/mail/asking.tsx) answers. */
export type Question =
  | { readonly kind: 'sure'; readonly title: string; readonly text: string; readonly yes: string }
  /** A mailbox, by its id. `top`: what the answer null is called. */
  | {
      readonly kind: 'folder';
      readonly title: string;
      readonly without: ReadonlySet<string>;
      readonly top?: string;
      /** Those of others too, where something may be put. */
      readonly hasOthers?: true;
    }
  /** A time, as UTCDate. */
  | { readonly kind: 'time'; readonly title: string }
  | {
      readonly kind: 'text';
      readonly title: string;
      readonly label: string;
      readonly value: string;
      readonly yes: string;
    };

export interface Asked {
  readonly question: Question;
  /** Undefined: the question was not answered. */
  readonly answer: (answer: string | null | undefined) => void;
}

export const asked = signal<Asked | undefined>(undefined);

/** Asks, and waits for the answer. A question that is still open is not answered then. */
export function ask(question: Question): Promise<string | null | undefined> {
  asked.peek()?.answer(undefined);
  return new Promise((resolve) => {
    asked.value = {
      question,
      answer: (answer) => {
        asked.value = undefined;
        resolve(answer);
      },
    };
  });
}
