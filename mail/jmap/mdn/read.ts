import { decodeText, headerFields } from '../../message/headers.ts';
import { indexMessage } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import { memorySource } from '../email/source.ts';
import { type BodyPart, bodyStructure } from '../email/structure.ts';
import { bodyValue, MAX_VALUE } from '../email/values.ts';
import type { Disposition, Mdn } from './object.ts';

/** RFC 8098 section 3, and RFC 6533 section 5 for addresses beyond ASCII. */
const REPORT = /^message\/(?:global-)?disposition-notification$/;

/** Names of fields that are properties, lower case. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['reporting-ua', 'mdn-gateway', 'original-recipient', 'final-recipient', 'original-message-id'],
  ...['disposition', 'error'],
]);

/** The notification that a message is; undefined where it is none (RFC 9007 section 2.2). `forEmailId` is left to the caller. */
export async function readMdn(bytes: Uint8Array): Promise<Mdn | undefined> {
  const summary = summarize(indexMessage(bytes));
  const root = bodyStructure(summary);
  if (root.type !== 'multipart/report') return undefined;
  const [words, report, original] = root.subParts ?? [];
  if (words === undefined || report === undefined || !REPORT.test(report.type)) return undefined;
  const fields = fieldsOf(bytes, report);
  const disposition = dispositionOf(value(fields, 'disposition') ?? '');
  if (disposition === undefined) return undefined;
  const isText = words.type.startsWith('text/');
  const text = isText ? (await bodyValue(memorySource(bytes), words, MAX_VALUE)).value : null;
  const errors = fields.filter(({ name }) => name === 'error').map((field) => field.value);
  const extensions = fields.filter(({ name }) => !KNOWN.has(name));
  return {
    forEmailId: null,
    subject: summary.subject ?? null,
    textBody: text,
    includeOriginalMessage: original !== undefined && /^message\/(?:rfc822|global)$/.test(original.type),
    reportingUA: value(fields, 'reporting-ua') ?? null,
    disposition,
    mdnGateway: value(fields, 'mdn-gateway') ?? null,
    originalRecipient: value(fields, 'original-recipient') ?? null,
    finalRecipient: value(fields, 'final-recipient') ?? null,
    originalMessageId: value(fields, 'original-message-id') ?? null,
    error: errors.length === 0 ? null : errors,
    extensionFields:
      extensions.length === 0 ? null : Object.fromEntries(extensions.map((field) => [field.written, field.value])),
  };
}

interface Field {
  /** Lower case. */
  readonly name: string;
  readonly written: string;
  readonly value: string;
}

function fieldsOf(bytes: Uint8Array, { place }: BodyPart): readonly Field[] {
  const [, , start, end, encoding] = place;
  const block = decodeTransfer(bytes.subarray(start, end), encoding);
  return [...headerFields(block)].flatMap((field) => {
    if (field.name === '') return [];
    const written = Buffer.from(block.subarray(field.start, field.start + field.name.length)).toString('latin1');
    return [{ name: field.name, written, value: decodeText(field.value).toWellFormed() }];
  });
}

function value(fields: readonly Field[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

/** RFC 8098 section 3.2.6: `manual-action/MDN-sent-manually; displayed`, and what modifies it. */
function dispositionOf(text: string): Disposition | undefined {
  const plain = text
    .toLowerCase()
    .replace(/\([^()]*\)/g, '')
    .replace(/\s+/g, '');
  const [, action, sending, type] =
    /^(manual-action|automatic-action)\/(mdn-sent-manually|mdn-sent-automatically);(deleted|dispatched|displayed|processed)(?:\/.*)?$/.exec(
      plain,
    ) ?? [];
  if (type === undefined) return undefined;
  return {
    actionMode: action as Disposition['actionMode'],
    sendingMode: sending as Disposition['sendingMode'],
    type: type as Disposition['type'],
  };
}
