import { email, update } from '../../data/emails.ts';
import { mayWith } from '../../data/others.ts';
import { preferences } from '../../data/preferences.ts';

/** Marks a message as read once it was open for as long as somebody wants. Gives what stops the clock. */
export function readSoon(id: string): () => void {
  const { markReadAfter } = preferences.peek();
  if (markReadAfter === 'never') return () => undefined;
  const timer = setTimeout(() => {
    const one = email(id).peek();
    // What cannot be marked now is marked when it is opened again: nobody has asked for it.
    if (one !== undefined && !('$seen' in one.keywords) && mayWith(one, 'maySetSeen'))
      update({ [id]: { 'keywords/$seen': true } }).catch(() => undefined);
  }, markReadAfter * 1_000);
  return () => clearTimeout(timer);
}
