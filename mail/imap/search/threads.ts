import { baseSubject } from '../../search/base-subject.ts';
import { compareForms, unicodeCasemap } from '../../search/collation.ts';

/** A message as threading sees it. */
export interface ThreadMessage {
  readonly uid: number;
  /** Sent date in milliseconds since 1970. */
  readonly date: number;
  /** INTERNALDATE in milliseconds since 1970. */
  readonly arrival: number;
  readonly subject: string;
  readonly messageId: string | undefined;
  /** From the first ancestor to the parent. */
  readonly references: readonly string[];
}

/** A message with what answers it; without a message, what holds siblings together whose parent is not there. */
export interface Thread {
  readonly message: ThreadMessage | undefined;
  readonly children: readonly Thread[];
}

export function inOrderOfDate(a: ThreadMessage, b: ThreadMessage): number {
  return a.date - b.date || a.uid - b.uid;
}

/** The subject by which messages belong together. */
export function threadSubject(subject: string): { readonly form: string; readonly isReply: boolean } {
  const { base, isReply } = baseSubject(subject);
  return { form: unicodeCasemap(base), isReply };
}

/** ORDEREDSUBJECT (RFC 5256 section 3): messages with the same base subject; all answer the first. */
export function orderedSubject(messages: readonly ThreadMessage[]): readonly Thread[] {
  const valued = messages.map((message) => ({ message, form: threadSubject(message.subject).form }));
  valued.sort((a, b) => compareForms(a.form, b.form) || inOrderOfDate(a.message, b.message));
  const threads: { message: ThreadMessage; form: string; children: Thread[] }[] = [];
  for (const { message, form } of valued) {
    const last = threads.at(-1);
    if (last?.form === form) last.children.push({ message, children: [] });
    else threads.push({ message, form, children: [] });
  }
  return threads.sort((a, b) => inOrderOfDate(a.message, b.message));
}

/** The THREAD response's data (RFC 5256 section 4). Threads may be of any depth, so nothing here calls itself. */
export function threadText(threads: readonly Thread[], name: (uid: number) => number): string {
  const out: string[] = [];
  const left: (Thread | string)[] = [];
  const inParentheses = (list: readonly Thread[]) => {
    for (let i = list.length - 1; i >= 0; i--) left.push(')', list[i]!, '(');
  };
  inParentheses(threads);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'string') {
      out.push(next);
      continue;
    }
    const { message, children } = next;
    if (message !== undefined) out.push(String(name(message.uid)));
    if (children.length === 1) left.push(children[0]!);
    else inParentheses(children);
    if (message !== undefined && children.length > 0) left.push(' ');
  }
  return out.join('');
}
