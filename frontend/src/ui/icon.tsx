/** Outlines on a grid of 24; each the `d` of one path. */
const PATHS = {
  inbox: 'M3 13h5l1.5 3h5L16 13h5M5.5 5h13L21 13v5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18v-5Z',
  drafts: 'M4 20h4L19 9l-4-4L4 16Zm9-13 4 4',
  sent: 'm21 3-9 18-2.5-7.5L2 11Zm0 0L9.5 13.5',
  archive: 'M4 8h16v11.5H4ZM3 4.5h18V8H3Zm7 7.5h4',
  junk: 'M12 3 2.5 20h19Zm0 7v4m0 3v.1',
  trash: 'M4 7h16M9 7V4h6v3m-9 0 1 13h10l1-13m-8 4v6m4-6v6',
  snoozed: 'M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z',
  folder:
    'M3 6.5A1.5 1.5 0 0 1 4.5 5H10l2 2.5h7.5A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5Z',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 8a6 6 0 0 1 12 0m0-14.7a3.5 3.5 0 0 1 0 6.4m3 8.3a6 6 0 0 0-3-5.2',
  copy: 'M8.5 8.5V4.5h11v11h-4M4.5 8.5h11v11h-11Z',
  compose: 'M12 20h8M4 20l1-4L16.5 4.5l3 3L8 19Z',
  star: 'm12 3.5 2.6 5.6 6 .7-4.5 4.1 1.2 6-5.3-3-5.3 3 1.2-6-4.5-4.1 6-.7Z',
  clip: 'm20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2a1.7 1.7 0 0 1-2.4-2.4L14.5 7',
  back: 'M15 5l-7 7 7 7',
  read: 'M3 10l9-6 9 6v9.5H3Zm0 0 9 5 9-5',
  unread: 'M3 6h18v12.5H3Zm0 0 9 7 9-7',
  settings:
    'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm0-12.5v3m0 12v3m9-9h-3M6 12H3m15.4-6.4-2.1 2.1M7.7 16.3l-2.1 2.1m12.8 0-2.1-2.1M7.7 7.7 5.6 5.6',
  contacts: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8a8 8 0 0 1 16 0',
  search: 'm20 20-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z',
  out: 'M10 4H5v16h5m5-4 4-4-4-4m4 4H9',
  more: 'M5.6 12a.6.6 0 1 1-1.2 0 .6.6 0 0 1 1.2 0Zm7 0a.6.6 0 1 1-1.2 0 .6.6 0 0 1 1.2 0Zm7 0a.6.6 0 1 1-1.2 0 .6.6 0 0 1 1.2 0Z',
  close: 'm6 6 12 12M18 6 6 18',
  filter: 'M4 6h16M7 12h10m-7 6h4',
  sort: 'M8 5v14m0 0-3.5-3.5M8 19l3.5-3.5M16 19V5m0 0-3.5 3.5M16 5l3.5 3.5',
  chevron: 'm9 6 6 6-6 6',
  add: 'M12 5v14M5 12h14',
  calendar: 'M4 6h16v14H4Zm0 5h16M8 3v5m8-5v5',
  reply: 'M9 6 4 11l5 5m-5-5h10a6 6 0 0 1 6 6v1',
  download: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  previous: 'm6 14 6-6 6 6',
  next: 'm6 10 6 6 6-6',
  replyAll: 'M12 6 7 11l5 5m-5-5h8a6 6 0 0 1 6 6v1M7 6 2 11l5 5',
  forward: 'm15 6 5 5-5 5m5-5H10a6 6 0 0 0-6 6v1',
} as const;

export type IconName = keyof typeof PATHS;

/** Those that point along the line of writing, and so the other way where it runs from right to left. */
const TURNING: ReadonlySet<IconName> = new Set(['chevron', 'forward', 'out', 'reply', 'replyAll', 'sent']);

/** Decoration: what it stands for is said in words beside it, or in the button's label. */
export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg class={filled ? 'icon filled' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      <path class={TURNING.has(name) ? 'turning' : undefined} d={PATHS[name]} />
    </svg>
  );
}
