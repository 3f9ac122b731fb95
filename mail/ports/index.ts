/** Everything the outside supplies to the mail system. */
export type { BlobInfo, BlobKind, Blobs, ByteRange } from './blobs.ts';
export type { Clock } from './clock.ts';
export { type Dns, type DnsInspector, DnsTemporary, type LookUp, type MxRecord, type RecordType } from './dns.ts';
export { ConditionFailed, isTransient, NotFound, OutcomeUnknown, TooLarge, Unavailable } from './errors.ts';
export type { Log } from './log.ts';
export { madeOnce } from './made-once.ts';
export type { Conversation, MessageSocket } from './message-socket.ts';
export type { OneClick } from './one-click.ts';
export { type OpenId, type OpenIdClaims, OpenIdError, type OpenIdProvider, type OpenIdQuestion } from './openid.ts';
export type { PushServices } from './push-services.ts';
export { JOB_LIMIT, MAX_DELAY_SECONDS, type Queue, type ReceivedJob, type ReceiveOptions } from './queue.ts';
export { type Random, randomName } from './random.ts';
export { type Expect, ITEM_LIMIT, type Item, type Page, queryAll, type Range, type Records } from './records.ts';
export {
  RELAY_TIMEOUTS,
  type Relay,
  type RelayAttempt,
  type RelayEnvelope,
  RelayError,
  type RelayResult,
  type RelayStage,
  type RelayTimeouts,
  type RelayTls,
} from './relay.ts';
export { ImageRefused, type RemoteImage, type RemoteImages } from './remote-images.ts';
export type { QueueName, Schedule } from './schedule.ts';
export { SES_LIMIT, SES_MAX_RECIPIENTS, type Ses, SesError } from './ses.ts';
export type { Wakeups } from './wakeups.ts';
export { type Peer, type TlsState, type Wire, WireClosed, WireTimeout } from './wire.ts';
