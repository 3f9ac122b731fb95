import { Buffer } from 'node:buffer';
import type { PipeClient } from './pipe.ts';

/**
 * Plays a transcript against a server on a pipe. One step a line; empty lines and lines that begin with '#' mean nothing:
 *
 *   C: text     the client sends the line and CRLF; C lines that follow each other leave as one chunk (pipelining)
 *   C< text     the client sends exactly this, no line end added; \r \n \t \0 \\ \xHH as in JavaScript
 *   S: text     the server's next line is exactly this
 *   S~ regex    the server's next line matches this
 *   S* regex    lines are skipped up to and with the first one that matches
 *   S.          the server closes, and has sent nothing more
 *   C.          the client closes its side
 *
 * Fails with the number and text of the step that went wrong.
 */
export async function transcript(client: PipeClient, text: string): Promise<void> {
  const lines = text.split('\n');
  let sending = '';
  const flush = (): void => {
    if (sending !== '') client.send(sending);
    sending = '';
  };
  for (const [index, raw] of lines.entries()) {
    const step = raw.trimStart();
    const kind = step.slice(0, 2);
    const rest = step.slice(3);
    try {
      if (step.trim() === '' || step.startsWith('#')) continue;
      if (kind === 'C:') sending += `${Buffer.from(rest, 'utf8').toString('latin1')}\r\n`;
      else if (kind === 'C<') sending += unescaped(rest);
      else {
        flush();
        if (kind === 'S:') await client.expect(Buffer.from(rest, 'utf8').toString('latin1'));
        else if (kind === 'S~') await client.expect(new RegExp(rest));
        else if (kind === 'S*') await skipTo(client, new RegExp(rest));
        else if (kind === 'S.') await closes(client);
        else if (kind === 'C.') client.end();
        else throw new Error('not a step of a transcript');
      }
    } catch (error) {
      throw new Error(`step ${index + 1} "${step}": ${(error as Error).message}`);
    }
  }
  flush();
}

async function skipTo(client: PipeClient, what: RegExp): Promise<void> {
  const skipped: string[] = [];
  for (;;) {
    const line = await client.line();
    if (line === undefined) throw new Error(`closed before ${what}; skipped ${JSON.stringify(skipped)}`);
    if (what.test(line)) return;
    skipped.push(line);
  }
}

async function closes(client: PipeClient): Promise<void> {
  const rest = await client.rest();
  if (rest.length > 0) throw new Error(`more came before the close: ${JSON.stringify(rest)}`);
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex: string | undefined, letter: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { r: '\r', n: '\n', t: '\t', '0': '\0' }[letter] ?? letter;
  });
}
