import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { WireClosed } from '../../mail/ports/wire.ts';
import { BareLineEnd, DISCARD_LIMIT, LineReader, LineTooLong } from '../../mail/wire/reader.ts';
import { pipe } from '../support/pipe.ts';

function reader(bareLf: 'accept' | 'reject' = 'reject') {
  const { server, client } = pipe();
  return { client, lines: new LineReader(server, { bareLf }) };
}

describe('LineReader', () => {
  it('gives lines that have arrived without waiting', async () => {
    const { client, lines } = reader();
    client.send('one\r\ntwo\r\nthr');
    expect(lines.tryLine(10)).toBeUndefined();
    await lines.fill();
    expect(lines.hasLine).toBe(true);
    expect(lines.tryLine(10)).toBe('one');
    expect(lines.buffered).toBe(8);
    expect(lines.tryLine(10)).toBe('two');
    expect(lines.tryLine(10)).toBeUndefined();
    client.send('ee\r\n');
    expect(await lines.line(10)).toBe('three');
    expect(lines.buffered).toBe(0);
  });

  it.each([1, 2, 3, 7])('reads the same from chunks of %i bytes', async (size) => {
    const { client, lines } = reader();
    const wanted = ['', 'a', 'bc', 'x'.repeat(300), 'é'];
    client.sendChunked(wanted.map((line) => `${line}\r\n`).join(''), size);
    client.end();
    for (const line of wanted) expect(await lines.line(300)).toBe(line);
    expect(await lines.line(300)).toBeUndefined();
  });

  it('drops an unfinished last line', async () => {
    const { client, lines } = reader();
    client.send('half');
    client.end();
    expect(await lines.line(300)).toBeUndefined();
  });

  it.each([
    ['a\nb\r\n', 'b'],
    ['a\rb\r\nc\r\n', 'c'],
    ['\n\r\n', ''],
    ['a\r\r\nz\r\n', 'z'],
  ])('refuses bare CR and LF in %j where told to, then goes on', async (text, next) => {
    const { client, lines } = reader('reject');
    client.send(text);
    await expect(lines.line(100)).rejects.toThrow(BareLineEnd);
    expect(await lines.line(100)).toBe(next);
  });

  it('lets a lone LF end a line where told to', async () => {
    const { client, lines } = reader('accept');
    client.send('a\nb\r\nc\n');
    expect(await lines.line(100)).toBe('a');
    expect(await lines.line(100)).toBe('b');
    expect(await lines.line(100)).toBe('c');
  });

  it.each([1, 5, 1000])('counts the limit without the line end, chunks of %i', async (size) => {
    const { client, lines } = reader();
    client.sendChunked('12345\r\n123456\r\n12345\r\n', size);
    expect(await lines.line(5)).toBe('12345');
    await expect(lines.line(5)).rejects.toThrow(LineTooLong);
    expect(await lines.line(5)).toBe('12345');
  });

  it.each([3, 64, 100_000])(
    'throws away the rest of a long line and says how it began and ended, chunks of %i',
    async (size) => {
      const { client, lines } = reader();
      client.sendChunked(`a1 ${'x'.repeat(20_000)}{99+}\r\nnext\r\n`, size);
      const error = await lines.line(100).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(LineTooLong);
      expect(error).toMatchObject({ endless: false });
      expect((error as LineTooLong).head).toMatch(/^a1 x{61}$/);
      expect((error as LineTooLong).tail).toMatch(/^x{27}\{99\+\}$/);
      expect(await lines.line(100)).toBe('next');
    },
  );

  it('gives up a line without end', async () => {
    const { client, lines } = reader();
    for (let i = 0; i < 20; i++) client.send(Buffer.alloc(DISCARD_LIMIT / 16, 120));
    await expect(lines.line(100)).rejects.toMatchObject({ name: 'LineTooLong', endless: true });
  });

  it('gives counted bytes in pieces and goes on with lines', async () => {
    const { client, lines } = reader();
    client.send('go {10}\r\n01234');
    expect(await lines.line(100)).toBe('go {10}');
    client.send('56789 rest\r\n');
    const pieces: string[] = [];
    for await (const piece of lines.exact(10)) pieces.push(piece.toString());
    expect(pieces.join('')).toBe('0123456789');
    expect(await lines.line(100)).toBe(' rest');
  });

  it('keeps pieces valid while more arrives', async () => {
    const { client, lines } = reader();
    client.send('abcdef');
    await lines.fill();
    const first = lines.tryExact(3);
    expect(lines.tryExact(4)).toBeUndefined();
    for (let i = 0; i < 50; i++) {
      client.send('ghijkl');
      await lines.fill();
    }
    expect(first?.toString()).toBe('abc');
    expect(lines.tryExact(9)?.toString()).toBe('defghijkl');
  });

  it('throws when the client closes within a counted string', async () => {
    const { client, lines } = reader();
    client.send('12');
    client.end();
    const pieces = lines.exact(3);
    expect((await pieces.next()).value?.toString()).toBe('12');
    await expect(pieces.next()).rejects.toThrow(WireClosed);
  });

  it('forgets what has arrived', async () => {
    const { client, lines } = reader();
    client.send('STARTTLS\r\nEVIL\r\nhalf');
    expect(await lines.line(100)).toBe('STARTTLS');
    lines.discard();
    client.send('good\r\n');
    expect(await lines.line(100)).toBe('good');
  });
});
