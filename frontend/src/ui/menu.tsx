import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

/** Menus as the APG has them: a button opens one, arrows go through it, a letter jumps, Escape goes back to the button. */

export interface MenuItem {
  readonly name: string;
  readonly label: string;
  readonly icon?: IconName;
  /** Shown behind the label: a key, or a time. */
  readonly hint?: string;
  /** One of several that exclude each other, or one that is on or off. */
  readonly isChecked?: boolean;
  readonly perform: () => void;
}

export type MenuPart = MenuItem | 'line';

interface Shown {
  readonly label: string;
  readonly parts: readonly MenuPart[];
  readonly at: DOMRect;
  readonly from: Element | null;
}

const shown = signal<Shown | undefined>(undefined);
const GAP_PX = 4;
/** A click on the button of the menu that is open closes it: its first half has done so already. */
const CLICK_MS = 250;
let closed: { readonly from: Element | null; readonly at: number } | undefined;

/** Opens a menu below an element, or at a point. */
export function openMenu(
  anchor: Element | { readonly x: number; readonly y: number },
  label: string,
  parts: readonly MenuPart[],
): void {
  const isElement = anchor instanceof Element;
  if (isElement && closed?.from === anchor && performance.now() - closed.at < CLICK_MS) return;
  const at = isElement ? anchor.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
  shown.value = { label, parts, at, from: isElement ? anchor : document.activeElement };
}

interface ButtonProps {
  readonly label: string;
  readonly parts: () => readonly MenuPart[];
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly tabIndex?: number;
}

export function MenuButton({ label, parts, children, class: kind = 'icon-button', tabIndex }: ButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <button
      ref={button}
      type="button"
      class={kind}
      title={label}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={shown.value !== undefined && shown.value.from === button.current}
      tabIndex={tabIndex}
      onClick={(event) => {
        event.stopPropagation();
        openMenu(event.currentTarget, label, parts());
      }}
    >
      {children}
    </button>
  );
}

/** Where menus appear: once in the page. */
export function MenuHost() {
  const menu = useRef<HTMLDivElement>(null);
  const one = shown.value;
  useLayoutEffect(() => {
    const box = menu.current;
    if (box === null || one === undefined) return;
    box.showPopover();
    place(box, one.at);
    (box.querySelector('[role^=menuitem]') as HTMLElement | null)?.focus();
  }, [one]);
  if (one === undefined) return null;

  const close = (returns: boolean) => {
    if (shown.peek() !== one) return;
    closed = { from: one.from, at: performance.now() };
    const hadFocus = menu.current?.contains(document.activeElement) || document.activeElement === document.body;
    shown.value = undefined;
    if (returns && hadFocus && one.from instanceof HTMLElement && one.from.isConnected) one.from.focus();
  };
  return (
    <div
      ref={menu}
      class="menu"
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={one.label}
      onToggle={(event) => {
        if (event.newState === 'closed') close(true);
      }}
      onKeyDown={(event) => onKey(event, () => close(true))}
    >
      {one.parts.map((part, index) =>
        part === 'line' ? (
          <hr key={index} />
        ) : (
          <button
            key={part.name}
            type="button"
            {...(part.isChecked === undefined
              ? { role: 'menuitem' }
              : { role: 'menuitemcheckbox', 'aria-checked': part.isChecked })}
            tabIndex={-1}
            class="menu-item"
            onClick={() => {
              close(true);
              closed = undefined;
              part.perform();
            }}
          >
            {part.isChecked !== undefined ? (
              <span class="tick" aria-hidden="true">
                {part.isChecked ? '✓' : ''}
              </span>
            ) : (
              part.icon !== undefined && <Icon name={part.icon} />
            )}
            <span class="menu-label">{part.label}</span>
            {part.hint !== undefined && <span class="hint">{part.hint}</span>}
          </button>
        ),
      )}
    </div>
  );
}

function onKey(event: KeyboardEvent & { readonly currentTarget: HTMLElement }, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const { key } = event;
  // Keys of the page have no say here.
  event.stopPropagation();
  let next: HTMLElement | undefined;
  if (key === 'ArrowDown') next = items[(at + 1) % items.length];
  else if (key === 'ArrowUp') next = items.at(at <= 0 ? -1 : at - 1);
  else if (key === 'Home') next = items[0];
  else if (key === 'End') next = items.at(-1);
  else if (key === 'Tab' || key === 'Escape') close();
  else if (key.length === 1 && key !== ' ') {
    const begins = (item: HTMLElement) =>
      item.querySelector('.menu-label')?.textContent?.toLocaleLowerCase().startsWith(key.toLocaleLowerCase());
    next = [...items.slice(at + 1), ...items.slice(0, at + 1)].find(begins);
  } else return;
  event.preventDefault();
  next?.focus();
}

/** Below the anchor and beginning where it begins, as far as the window allows. */
function place(box: HTMLElement, at: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const isMirrored = getComputedStyle(box).direction === 'rtl';
  const wanted = isMirrored ? at.right - width : at.left;
  const left = Math.max(GAP_PX, Math.min(wanted, innerWidth - width - GAP_PX));
  const below = at.bottom + GAP_PX;
  const top = below + height <= innerHeight - GAP_PX ? below : Math.max(GAP_PX, at.top - height - GAP_PX);
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
