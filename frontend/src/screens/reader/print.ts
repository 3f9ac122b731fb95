import { email } from '../../data/emails.ts';
import type { Address } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import { addressShown, nameShown } from './addresses.tsx';
import { exposed } from './bidi.ts';
import { frameOf } from './frame.ts';

/** Time for frames to come, in milliseconds. */
const PATIENCE_MS = 3_000;
/** Width of what stands on a sheet of paper, in pixels. */
const PAPER_PX = 680;

/**
 * Prints one message of what is shown: its header and its text. HTML alone prints itself, so that pages end between its lines; else it is
 * this page that is printed (styles/reader.css).
 */
export async function printOne(card: HTMLElement, id: string): Promise<void> {
  const [frame, ...others] = card.querySelectorAll<HTMLIFrameElement>('iframe');
  const only = frame !== undefined && others.length === 0 && card.querySelector('.text') === null;
  const message = only ? frameOf(frame) : undefined;
  if (message !== undefined) {
    message.send({ print: headOf(card, id) });
    return;
  }
  card.classList.add('printed');
  document.documentElement.dataset.print = 'one';
  try {
    await framesShown(card);
    print();
  } finally {
    card.classList.remove('printed');
    delete document.documentElement.dataset.print;
  }
}

/** Prints the conversation, each message that is open. */
export async function printAll(): Promise<void> {
  await framesShown(document.querySelector<HTMLElement>('.conversation')!);
  print();
}

/** Has a frame as long as all of its message while the page is printed. Gives what ends that. */
export function wholeInPrint(of: () => { readonly frame: HTMLIFrameElement | null; readonly height: number }) {
  let before = '';
  const begin = () => {
    const { frame, height } = of();
    if (frame === null || height === 0) return;
    before = frame.style.cssText;
    // As wide as it is, for it would not say in time how long it is otherwise.
    const width = frame.clientWidth;
    frame.style.inlineSize = `${width}px`;
    frame.style.blockSize = `${height}px`;
    frame.style.setProperty('zoom', String(Math.min(1, PAPER_PX / width)));
  };
  const end = () => {
    const { frame } = of();
    if (frame !== null && before !== '') frame.style.cssText = before;
    before = '';
  };
  addEventListener('beforeprint', begin);
  addEventListener('afterprint', end);
  return () => {
    removeEventListener('beforeprint', begin);
    removeEventListener('afterprint', end);
  };
}

function headOf(card: HTMLElement, id: string): readonly string[] {
  const one = email(id).peek();
  const files = [...card.querySelectorAll('.file-name')].map(({ textContent }) => textContent);
  const line = (label: string, text: string) => (text === '' ? [] : [`${label}: ${text}`]);
  const people = (all: readonly Address[] | null | undefined) =>
    (all ?? []).map((each) => `${nameShown(each)} <${addressShown(each.email)}>`).join(', ');
  return [
    exposed(one?.subject ?? '') || t('list.noSubject'),
    ...line(t('reader.from'), people(one?.from)),
    ...line(t('reader.toLabel'), people(one?.to)),
    ...line(t('reader.cc'), people(one?.cc)),
    ...(one === undefined ? [] : line(t('reader.received'), longDate(one.receivedAt))),
    ...line(t('reader.attachments'), files.join(', ')),
  ];
}

/** Waits until what is shown of HTML has its height. */
async function framesShown(within: HTMLElement): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  const isShown = () =>
    within.querySelector('.card-waits') === null &&
    [...within.querySelectorAll<HTMLElement>('iframe')].every(({ style }) => style.blockSize !== '');
  // The cards that were opened just now are there in the next frame.
  do await new Promise(requestAnimationFrame);
  while (!isShown() && Date.now() < until);
}
