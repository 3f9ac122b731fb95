import { describe, expect, it } from 'vitest';
import { createProgress } from '../../bin/cli/progress.ts';
import { fields, render, table } from '../../bin/cli/text.ts';

describe('tables', () => {
  it('aligns characters that are two columns wide, none, or made of several', () => {
    const rows = [
      ['山田太郎', 'x'],
      ['e\u0301ve', 'y'],
      ['👩‍👩‍👧', 'z'],
      ['alice', 'w'],
    ];
    expect(render(table(['NAME', 'N'], rows)).split('\n')).toEqual([
      'NAME      N',
      '山田太郎  x',
      'e\u0301ve       y',
      '👩‍👩‍👧        z',
      'alice     w',
    ]);
  });

  it('shrinks to the terminal, the widest column first and the first column last', () => {
    const wide = table(['ADDRESS', 'TARGETS', 'N'], [['sales@example.com', 'a'.repeat(60), '12']]);
    expect(render(wide).split('\n')[1]).toBe(`sales@example.com  ${'a'.repeat(60)}  12`);
    expect(render(wide, 40).split('\n')).toEqual([
      'ADDRESS            TARGETS            N',
      `sales@example.com  ${'a'.repeat(16)}…  12`,
    ]);
    for (const line of render(wide, 24).split('\n')) expect(line.length).toBeLessThanOrEqual(24);
    expect(render(wide, 24).split('\n')[1]).toMatch(/^sales@exa.*… {2}aaaaa… {2}12$/);
  });

  it('cuts no character in half', () => {
    const [, row] = render(table(['A', 'B'], [['x', '山田太郎山田太郎']]), 12).split('\n');
    expect(row).toBe('x  山田太郎…');
  });

  it('lets nobody who names himself steer the terminal', () => {
    expect(render(fields([['name', 'a\u001b[2Jb\r\nc\u202ed']]))).toBe('name  a [2Jb c d');
    expect(render(table(['A'], [['x\u0007y']]))).toBe('A\nx y');
  });

  it('leaves out what has no value, and puts an empty line between pieces', () => {
    expect(
      render([
        fields([
          ['a', '1'],
          ['longer', undefined],
        ]),
        'text',
        table(['X'], [], 'Title:'),
      ]),
    ).toBe('a  1\n\ntext\n\nTitle:\nX');
  });
});

describe('progress', () => {
  const drawn = (columns: number) => {
    const written: string[] = [];
    let now = 0;
    const progress = createProgress({ columns, write: (text) => written.push(text) }, () => now);
    return { progress, written, later: (ms: number) => (now += ms) };
  };

  it('is one line that is written over, no oftener than ten times a second, and taken away at the end', () => {
    const { progress, written, later } = drawn(80);
    progress.at(1, 4, 'messages');
    progress.at(2, 4, 'messages');
    later(100);
    progress.at(4, 4, 'messages');
    progress.end();
    progress.end();
    expect(written).toEqual([
      `\r[${'#'.repeat(6)}${'.'.repeat(18)}] 25% messages\x1b[K`,
      `\r[${'#'.repeat(24)}] 100% messages\x1b[K`,
      '\r\x1b[K',
    ]);
  });

  it('stays on one line of a narrow terminal, and needs no total', () => {
    const { progress, written } = drawn(12);
    progress.at(1_234, undefined, 'messages 山田');
    expect(written).toEqual(['\r1234 messag\x1b[K']);
  });

  it('shows nothing where there is no terminal', () => {
    const progress = createProgress(undefined, () => 0);
    progress.at(1, 2, 'x');
    expect(() => progress.end()).not.toThrow();
  });
});
