import type { Resolution, Route } from '../../mail/directory/types.ts';
import { type InboundJob, inboundJob } from '../../mail/inbound/job.ts';
import { decodeEntry, type QueueEntry, SHARDS } from '../../mail/outbound/queue-entry.ts';
import { createSend, type SendConfig, type SendDeps } from '../../mail/outbound/send.ts';
import type { Outgoing } from '../../mail/outbound/submit.ts';
import {
  type Dns,
  type Log,
  type MxRecord,
  queryAll,
  type Relay,
  type RelayAttempt,
  RelayError,
  type RelayResult,
  type Ses,
} from '../../mail/ports/index.ts';
import { type MemoryPorts, memoryPorts } from './memory.ts';
import type { StorePorts } from './ports.ts';
import { SimClock } from './simclock.ts';
import { SimRandom } from './simrandom.ts';

/** The outbound part on stores in memory, with simulated time, the world's servers being functions. */

/** What a server of the world says to a recipient of one attempt; a RelayError is thrown for the whole. */
export type Answer = (recipient: string, attempt: RelayAttempt) => string | RelayError;

export interface World {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly ports: MemoryPorts;
  readonly deps: SendDeps;
  /** Every attempt that reached a server, with the time. */
  readonly attempts: { readonly at: number; readonly host: string; readonly to: readonly string[] }[];
  /** Every message that a server took: once a recipient. */
  readonly taken: { readonly recipient: string; readonly from: string; readonly bytes: string }[];
  readonly logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  answer: Answer;
  /** The same deps on other store ports (a process of its own). */
  on(ports: StorePorts): SendDeps;
  /** Stores a message and gives what `submit` needs. */
  message(
    to: readonly string[],
    change?: Partial<Outgoing>,
  ): Promise<Outgoing & { readonly blob: string; readonly size: number }>;
  /** Runs the send stage until `until` (milliseconds since 1970), job by job. */
  work(until: number, deps?: SendDeps): Promise<void>;
  entries(): Promise<readonly QueueEntry[]>;
  /** Jobs for `deliver`, taken from their queue. */
  delivered(): Promise<readonly InboundJob[]>;
}

export interface WorldOptions {
  readonly seed?: number;
  readonly routes?: readonly Route[];
  readonly resolve?: (address: string) => Resolution;
  readonly dns?: Dns;
  readonly ses?: Ses;
  readonly config?: Partial<SendConfig>;
}

export const MESSAGE = 'Message-ID: <1@example.test>\r\nSubject: Lunch\r\nFrom: <alice@example.test>\r\n\r\nHello\r\n';

export function outboundWorld(options: WorldOptions = {}): World {
  const clock = new SimClock();
  const random = new SimRandom(options.seed ?? 1);
  const ports = memoryPorts({ clock, random });
  const attempts: World['attempts'] = [];
  const taken: World['taken'] = [];
  const logged: World['logged'] = [];
  const note = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    logged.push({ event, fields });
  };
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const relay: Relay = {
    async deliver(attempt) {
      attempts.push({ at: clock.now(), host: attempt.host, to: attempt.envelope.to });
      const answers = attempt.envelope.to.map((recipient) => world.answer(recipient, attempt));
      for (const answer of answers) if (answer instanceof RelayError) throw answer;
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of attempt.message()) chunks.push(chunk);
      } catch (cause) {
        throw relayError({ stage: 'source', cause });
      }
      const bytes = Buffer.concat(chunks).toString();
      return answers.map((answer, i): RelayResult => {
        const recipient = attempt.envelope.to[i]!;
        const [code = '', enhanced = '', ...text] = (answer as string).split(' ');
        if (code.startsWith('2')) taken.push({ recipient, from: attempt.envelope.from, bytes });
        const remote = `${attempt.host}[${attempt.address ?? ''}]`;
        return { recipient, ok: code.startsWith('2'), code: Number(code), enhanced, text: text.join(' '), remote };
      });
    },
  };
  const on = (stores: StorePorts): SendDeps => ({
    records: stores.records,
    blobs: stores.blobs,
    send: stores.queues.send,
    deliver: stores.queues.deliver,
    schedule: stores.schedule,
    directory: {
      async resolve(address) {
        return options.resolve?.(address) ?? local(address);
      },
      async routes() {
        return options.routes ?? [{ kind: 'mx' }];
      },
    },
    dns: options.dns ?? oneHost,
    relay,
    ...(options.ses === undefined ? {} : { ses: options.ses }),
    clock,
    random,
    log,
    hostname: 'mail.example.test',
    config: { hostname: 'mail.example.test', mxPort: 25, ...options.config },
  });
  let messages = 0;
  const world: World = {
    clock,
    random,
    ports,
    deps: on(ports),
    attempts,
    taken,
    logged,
    answer: () => '250 2.0.0 taken',
    on,
    async message(to, change = {}) {
      const id = `job${(++messages).toString().padStart(8, 'a')}`;
      const { name, size } = await ports.blobs.put('raw', Buffer.from(MESSAGE), { owners: new Set(to).size });
      const outgoing: Outgoing = {
        id,
        from: 'alice@example.test',
        recipients: to,
        tenant: 'default',
        sender: 'alice',
        via: 'submission',
        smtputf8: false,
        eightBit: false,
        ...change,
      };
      return { ...outgoing, blob: name, size };
    },
    async work(until, deps = world.deps) {
      const send = createSend(deps);
      while (clock.now() < until) {
        const jobs = await ports.queues.send.receive({ max: 10, visibility: 120, waitSeconds: 0 });
        const failed = await clock.run(send(jobs));
        await ports.queues.send.delete(jobs.map((job) => job.handle).filter((handle) => !failed.includes(handle)));
        if (jobs.length === 0) await clock.advance(Math.min(30_000, until - clock.now()));
      }
    },
    async entries() {
      const found: QueueEntry[] = [];
      for (let shard = 0; shard < SHARDS; shard++) {
        for await (const item of queryAll(ports.records, { pk: `q/${shard}` })) found.push(decodeEntry(item.body));
      }
      return found;
    },
    async delivered() {
      const jobs = await ports.queues.deliver.receive({ max: 100, visibility: 1, waitSeconds: 0 });
      await ports.queues.deliver.delete(jobs.map((job) => job.handle));
      return jobs.map((job) => inboundJob.parse(JSON.parse(job.body)));
    },
  };
  return world;
}

export function relayError(change: Partial<ConstructorParameters<typeof RelayError>[0]> = {}): RelayError {
  return new RelayError({
    temporary: true,
    code: 0,
    enhanced: '4.4.1',
    text: 'Could not connect',
    stage: 'connect',
    remote: 'mx.peer.test[192.0.2.1]',
    ...change,
  });
}

/** `example.test` is ours: alice and bob have accounts. */
function local(address: string): Resolution {
  if (!address.endsWith('@example.test')) return { kind: 'foreign' };
  const name = address.slice(0, -'@example.test'.length);
  if (name !== 'alice' && name !== 'bob') return { kind: 'unknown' };
  return { kind: 'local', tenant: 'default', deliveries: [{ account: name }], relay: [] };
}

/** Every domain has one server. */
const oneHost: Dns = tableDns({});

/** A table of MX records and addresses; what is not in it has one server, `mx.` and the name, at 192.0.2.1. */
export function tableDns(table: {
  readonly mx?: Readonly<Record<string, readonly MxRecord[] | 'nxdomain' | Error>>;
  readonly addresses?: Readonly<Record<string, readonly string[] | Error>>;
}): Dns {
  return {
    async mx(name) {
      const found = table.mx?.[name] ?? [{ preference: 10, exchange: `mx.${name}` }];
      if (found instanceof Error) throw found;
      return found === 'nxdomain' ? { exists: false, records: [] } : { exists: true, records: found };
    },
    async addresses(name) {
      const found = table.addresses?.[name] ?? ['192.0.2.1'];
      if (found instanceof Error) throw found;
      return found;
    },
    txt: async () => [],
    ptr: async () => [],
  };
}
