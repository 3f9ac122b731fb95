import { signal } from '@preact/signals';

const said = signal('');

/** Has a screen reader say something when it is not busy with something else. */
export function announce(text: string): void {
  // The same again is not said again, where nothing stood between.
  said.value = said.peek() === text ? `${text}\u00a0` : text;
}

export function Announcer() {
  return (
    <p class="sr" role="status" aria-live="polite">
      {said.value}
    </p>
  );
}
