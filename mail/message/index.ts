/** Messages: RFC 5322 and MIME, bytes to structure. `decode.ts` is apart, because it loads a whole parser library. */
export { type Address, decodeAddresses, parseAddressList, type WireAddress } from './addresses.ts';
export { bodyFromBodystructure } from './bodystructure.ts';
export { decodeCharset, decodeUnlabelled } from './charset.ts';
export { formatInternalDate, type MessageDate, parseDate, parseImapDay, parseInternalDate } from './dates.ts';
export { Downgrader, downgrade, downgradeHeader } from './downgrade.ts';
export { addressText, type Envelope, readEnvelope } from './envelope.ts';
export { decodeText, fieldName, type HeaderField, headerFields, headerValues, unfold } from './headers.ts';
export { type IndexLimits, indexMessage, MessageIndexer } from './indexer.ts';
export { type Parameter, parameterText, rawParameter } from './parameters.ts';
export type { MessageIndex, Part } from './part.ts';
export {
  filterHeaderFields,
  parseSection,
  resolveSection,
  type SectionFields,
  type SectionPartial,
  type SectionRange,
  type SectionSpec,
} from './sections.ts';
export { messageIds, summarize } from './summarize.ts';
export * from './summary.ts';
export { decodeTransfer, encodingCode } from './transfer.ts';
export { wireNString, wireString } from './wire.ts';
