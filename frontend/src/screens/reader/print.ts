/** Time for frames to come, in milliseconds. */
const PATIENCE_MS = 3_000;

/** Prints one message of what is shown: its header and its text (styles/reader.css). */
export async function printOne(card: HTMLElement): Promise<void> {
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
