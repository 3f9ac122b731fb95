import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** Of the pane before it, in pixels. */
  readonly width: Signal<number>;
  readonly range: { readonly least: number; readonly usual: number; readonly most: number };
}

const STEP_PX = 16;

/** The line between two panes (APG: window splitter): by pointer, arrows, Home, End; a double click sets the usual width. */
export function Splitter({ label, width, range }: Props) {
  const begun = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined);
  const set = (value: number) => {
    width.value = Math.round(Math.max(range.least, Math.min(range.most, value)));
  };
  const direction = (element: Element) => (getComputedStyle(element).direction === 'rtl' ? -1 : 1);
  return (
    <div
      role="separator"
      class="splitter"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={width.value}
      aria-valuemin={range.least}
      aria-valuemax={range.most}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        begun.current = { x: event.clientX, width: width.peek() };
      }}
      onPointerMove={(event) => {
        if (begun.current === undefined) return;
        set(begun.current.width + (event.clientX - begun.current.x) * direction(event.currentTarget));
      }}
      onPointerUp={() => {
        begun.current = undefined;
      }}
      onPointerCancel={() => {
        begun.current = undefined;
      }}
      onDblClick={() => set(range.usual)}
      onKeyDown={(event) => {
        const turn = direction(event.currentTarget);
        if (event.key === 'ArrowLeft') set(width.peek() - STEP_PX * turn);
        else if (event.key === 'ArrowRight') set(width.peek() + STEP_PX * turn);
        else if (event.key === 'Home') set(range.least);
        else if (event.key === 'End') set(range.most);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
