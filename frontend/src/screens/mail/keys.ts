import { useEffect, useRef } from 'preact/hooks';
import { actionsFor, type Selection } from '../../data/actions.ts';
import { preferences } from '../../data/preferences.ts';
import { COMMANDS, type Panes } from './commands.ts';

/** How long the second of two keys is waited for, in milliseconds. */
const SEQUENCE_MS = 1_500;

/** The keys of the tables of actions and commands, wherever nothing is being written. */
export function useKeys(panes: Panes, selection: () => Selection): void {
  const given = useRef({ panes, selection });
  given.current = { panes, selection };
  useEffect(() => {
    let first: { readonly key: string; readonly at: number } | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const { panes, selection } = given.current;
      const key = (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + event.key;
      // Letters can be turned off (WCAG 2.1.4); not what is pressed with Ctrl, nor keys that write nothing.
      const writes = event.key.length === 1 && !key.startsWith('Ctrl+');
      if (event.altKey || (writes && (isWriting(event.target) || !preferences.peek().shortcuts))) return;
      if (event.key === 'Enter' && isControl(event.target)) return;
      if (event.key === 'Escape' && isWriting(event.target)) return;
      const sequence =
        first !== undefined && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${key}` : undefined;
      first = undefined;
      const command =
        (sequence === undefined ? undefined : COMMANDS.find(({ keys }) => keys.includes(sequence))) ??
        COMMANDS.find(({ keys }) => keys.includes(key));
      if (command !== undefined) {
        event.preventDefault();
        command.perform(panes);
        return;
      }
      if (COMMANDS.some(({ keys }) => keys.some((one) => one.startsWith(`${key} `)))) {
        first = { key, at: event.timeStamp };
        return;
      }
      const of = selection();
      const action = actionsFor(of).find((one) => one.key === key);
      if (action === undefined) return;
      event.preventDefault();
      void action.perform(of);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  return (
    /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && target.type !== 'checkbox')
  );
}

/** What Enter does something to by itself. */
function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('a, button, input, select, textarea, [role=separator]') !== null
  );
}
