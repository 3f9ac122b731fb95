import * as z from 'zod';
import { Refused } from '../refused.ts';

/**
 * Several messages in one body: for each a line of JSON that ends in LF, then exactly `size` bytes. One batch is one
 * write to the account, so an import of many small messages is fast and keeps their order.
 */
export const BATCH_TYPE = 'application/vnd.postern.messages';
export const BATCH_LIMIT = 64 * 1024 * 1024;
export const BATCH_MESSAGES = 500;

const LINE_LIMIT = 4_096;

const head = z.strictObject({
  size: z.int().min(1),
  /** INTERNALDATE, milliseconds since 1970. Default: the Date field, else now. */
  date: z.number().min(0).max(8.64e15).optional(),
  flags: z
    .array(z.string().regex(/^\\?[^\s(){%*"\\\]\x00-\x1f\x7f]{1,100}$/))
    .max(64)
    .default([]),
});

export interface BatchMessage {
  readonly date: number | undefined;
  readonly flags: readonly string[];
  readonly bytes: Buffer;
}

export function parseBatch(body: Buffer): BatchMessage[] {
  const messages: BatchMessage[] = [];
  let at = 0;
  while (at < body.length) {
    if (messages.length === BATCH_MESSAGES)
      throw new Refused('limit', `A batch has at most ${BATCH_MESSAGES} messages.`);
    const lf = body.indexOf(10, at);
    if (lf < 0 || lf - at > LINE_LIMIT) throw damaged();
    const { size, date, flags } = parseHead(body.toString('utf8', at, lf));
    at = lf + 1 + size;
    if (at > body.length) throw damaged();
    messages.push({ date, flags, bytes: body.subarray(lf + 1, at) });
  }
  return messages;
}

export function batchHead(message: { size: number; date?: number | undefined; flags: readonly string[] }): string {
  return `${JSON.stringify(message)}\n`;
}

function parseHead(line: string): z.infer<typeof head> {
  try {
    return head.parse(JSON.parse(line));
  } catch {
    throw damaged();
  }
}

function damaged(): Refused {
  return new Refused(
    'invalid',
    'The batch is damaged: each message is a line of JSON with size, date, flags, then so many bytes.',
  );
}
