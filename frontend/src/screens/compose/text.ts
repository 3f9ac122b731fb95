import { quoted } from '../../data/plain-text.ts';

const BLOCKS =
  /^(ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|CENTER|DD|DIV|DL|DT|FIGURE|FOOTER|H[1-6]|HEADER|HR|LI|MAIN|OL|P|PRE|SECTION|TABLE|TR|UL)$/;

/** What HTML says in plain text: quotes with `>`, lists with dashes and numbers, links with where they lead. */
export function textOf(root: Node): string {
  const lines: string[] = [];
  let line = '';
  const end = () => {
    // RFC 3676 section 4.3: what stands before a signature ends with a space.
    lines.push(line === '-- ' ? line : line.trimEnd());
    line = '';
  };
  const walk = (node: Node, isPre: boolean): void => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = (node.nodeValue ?? '').replaceAll('\u200b', '').replaceAll('\u00a0', ' ');
      if (!isPre) line += line === '' ? text.replace(/\s+/g, ' ').trimStart() : text.replace(/\s+/g, ' ');
      else {
        const [first, ...rest] = text.split('\n');
        line += first;
        for (const one of rest) {
          end();
          line = one;
        }
      }
      return;
    }
    const element = node as HTMLElement;
    const { tagName } = element;
    if (tagName === 'BR') {
      end();
      return;
    }
    if (tagName === 'IMG') {
      line += element.getAttribute('alt') ?? '';
      return;
    }
    const isBlock = BLOCKS.test(tagName ?? '');
    if (isBlock && line !== '') end();
    if (tagName === 'HR') lines.push('-- -- --');
    if (tagName === 'BLOCKQUOTE') {
      lines.push(quoted(textOf(element)));
      return;
    }
    const before = lines.length;
    if (tagName === 'LI') line = element.parentElement?.tagName === 'OL' ? `${indexOf(element)}. ` : '- ';
    for (const child of node.childNodes) walk(child, isPre || tagName === 'PRE');
    if (tagName === 'A') {
      const href = element.getAttribute('href') ?? '';
      const shown = element.textContent ?? '';
      const target = href.replace(/^mailto:/i, '');
      if (href !== '' && !target.includes(shown.trim())) line += ` <${target}>`;
    }
    if (tagName === 'TD' || tagName === 'TH') line += ' ';
    if (isBlock && (line !== '' || (lines.length === before && tagName === 'DIV'))) end();
    if (tagName === 'P') lines.push('');
  };
  for (const child of root.childNodes) walk(child, false);
  if (line !== '') end();
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

function indexOf(item: Element): number {
  return [...(item.parentElement?.children ?? [])].indexOf(item) + 1;
}
