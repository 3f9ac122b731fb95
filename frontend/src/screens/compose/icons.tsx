/** Of the editor only, so that nobody loads them who does not write; as ui/icon.tsx. */
const PATHS = {
  bold: 'M7 5h6a3.5 3.5 0 0 1 0 7H7Zm0 7h7a3.5 3.5 0 0 1 0 7H7Z',
  italic: 'M10 5h7M7 19h7M14 5l-4 14',
  underline: 'M7 5v6a5 5 0 0 0 10 0V5M6 20h12',
  strike:
    'M5 12h14M16 8a4 3 0 0 0-4-3c-2.5 0-4 1.300-4 3 0 4.500 8 3.500 8 8 0 1.700-1.500 3-4 3a4.500 3.200 0 0 1-4.500-3',
  bullets: 'M9 6h11M9 12h11M9 18h11M4.500 6h.1M4.500 12h.1M4.500 18h.1',
  numbers: 'M10 6h10M10 12h10M10 18h10M4 5l1.500-1v4.500M4 15h2.500L4 19h2.500',
  quote: 'M5 6v12M9 8h10M9 12h10M9 16h6',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1m2 3.700a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1',
  image: 'M4 5h16v14H4Zm0 11 4.500-4.500L13 16l3-3 4 4M15.500 9h.1',
  clear: 'M6 5h12M12 5l-2.500 9M4 4l16 16M8 19h5',
  text: 'M5 6h14M12 6v13',
  colour: 'M12 4 6.500 17M12 4l5.500 13M8.500 13h7M5 21h14',
  plain: 'M4 6h16M4 10h10M4 14h16M4 18h10',
  template: 'M5 4h14v16H5Zm4 5h6m-6 4h6m-6 4h3',
  spelling: 'M4 15 8 5l4 10M5.500 11.500h5M12 18l3 3 6-8',
  expand: 'M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6',
  shrink: 'M19 10h-5V5M5 14h5v5M20 4l-6 6M4 20l6-6',
  minimise: 'M6 18h12',
  later: 'm6 15 6-6 6 6',
} as const;

export type ComposeIcon = keyof typeof PATHS;

export function Glyph({ name }: { readonly name: ComposeIcon }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
