import { NotFound } from '../ports/index.ts';
import { composeDsn, type DsnOriginal } from './bounce.ts';
import { deriveId, type QueueEntry } from './queue-entry.ts';
import { isAscii } from './recipients.ts';
import { type SubmitDeps, submitBytes } from './submit.ts';

export type ReportDeps = SubmitDeps;

/** A message up to this size is returned whole where the sender did not say otherwise. */
const FULL_DEFAULT = 50_000;
/** With RET=FULL, up to this; beyond it, only the header. */
const FULL_LIMIT = 1_000_000;
const HEADER_LIMIT = 65_536;

/**
 * Tells the sender what could not be delivered. Its id is derived from what it reports, so that a repetition after a crash is the
 * same DSN; its bytes are the same too. The null sender is never told (RFC 5321 section 4.5.5).
 */
export async function report(deps: ReportDeps, entry: QueueEntry): Promise<void> {
  if (entry.failed.length === 0) return;
  const addresses = entry.failed.map((one) => one.address);
  if (entry.from === '') {
    deps.log.info('outbound.not-reported', { entry: entry.id, recipients: addresses });
    return;
  }
  const id = deriveId(entry.id, 'dsn', String(entry.reports), ...[...addresses].sort());
  const original = await readOriginal(deps, entry);
  const bytes = composeDsn({ id, entry, hostname: deps.hostname, original });
  await submitBytes(
    deps,
    {
      id,
      from: '',
      recipients: [entry.from],
      tenant: entry.tenant,
      via: 'local',
      smtputf8: !isAscii(entry.from),
      eightBit: bytes.some((byte) => byte > 0x7f),
      routing: entry.routing,
    },
    bytes,
  );
  deps.log.info('outbound.reported', { entry: entry.id, dsn: id, recipients: addresses });
}

/** As much of the message as goes back; its header alone when it is large or only that was asked for. */
async function readOriginal(deps: ReportDeps, entry: QueueEntry): Promise<DsnOriginal | undefined> {
  const limit = entry.dsn?.ret === 'hdrs' ? 0 : entry.dsn?.ret === 'full' ? FULL_LIMIT : FULL_DEFAULT;
  try {
    if (entry.size <= limit) return { whole: true, bytes: await deps.blobs.get(entry.blob) };
    const bytes = Buffer.from(await deps.blobs.get(entry.blob, { start: 0, end: HEADER_LIMIT }));
    return { whole: false, bytes: headerOf(bytes) };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** The header section with its last line end, cut at a line end where it is longer than what was read. */
function headerOf(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  if (end !== null) return bytes.subarray(0, end.index + (text[end.index] === '\r' ? 2 : 1));
  return bytes.subarray(0, text.lastIndexOf('\n') + 1);
}
