import type { State } from '../account/types.ts';
import { books } from '../contacts/books.ts';
import { rightsOn, SharedContacts } from '../contacts/view.ts';
import { rightsIn, SharedState } from '../sharing/view.ts';

/** Rights that let somebody change something, be it what he alone has read. */
const WRITING = 'swikxtea';

/** Whether whoever looks at the state may change anything that it shows. */
export function mayChange(state: State): boolean {
  if (state instanceof SharedContacts) return [...books(state).keys()].some((id) => rightsOn(state, id)!.mayWrite);
  if (!(state instanceof SharedState)) return true;
  return [...state.mailboxes.keys()].some((id) => [...WRITING].some((right) => rightsIn(state, id).has(right)));
}
