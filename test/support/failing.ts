/**
 * The adapter that fails on command: it stands before any ports, asks before each call what shall happen to it, and does
 * that. One wrapper is one process: when it crashes, all its later calls fail and the ports behind it go on.
 */
import type {
  BlobInfo,
  BlobKind,
  Blobs,
  ByteRange,
  Clock,
  Expect,
  Item,
  Queue,
  QueueName,
  Records,
  Schedule,
  Wakeups,
} from '../../mail/ports/index.ts';
import { OutcomeUnknown, Unavailable } from '../../mail/ports/index.ts';
import type { StorePorts } from './ports.ts';

/** The process that made the call is dead. Only the test may catch it. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export type Fault =
  /** Refused: nothing happened. An event that is published is lost. */
  | { readonly kind: 'unavailable' }
  /**
   * The reply is lost. The effect: never, before the caller learns of it, or `ms` later. A read, which has no effect,
   * is Unavailable; a reception has leased its jobs.
   */
  | { readonly kind: 'unknown'; readonly effect: 'none' | 'now' }
  | { readonly kind: 'unknown'; readonly effect: 'later'; readonly ms: number }
  /** Takes so long before its effect, and so long from there to the reply. */
  | { readonly kind: 'delay'; readonly ms: number; readonly replyMs?: number }
  /** A job or event that arrives twice; other calls are not touched. */
  | { readonly kind: 'twice' }
  /** The process dies before the call had its effect, or after it and before the reply. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' };

export interface Call {
  readonly port: 'records' | 'blobs' | 'queue' | 'schedule' | 'wakeups';
  readonly method: string;
  /** What it is about: `pk sk`, a blob's name or kind, a queue's name, an id, an account. */
  readonly subject: string;
  /** Counts the calls of this wrapper from 1. */
  readonly number: number;
}

/** What shall happen to a call; undefined: nothing unusual. */
export type Decide = (call: Call) => Fault | undefined;

export interface FailingPorts extends StorePorts {
  readonly crashed: boolean;
  /** The process dies now. */
  crash(): void;
}

/** `clock` is used for delays only. */
export function failing(ports: StorePorts, options: { readonly decide: Decide; readonly clock: Clock }): FailingPorts {
  const process = new Process(options.decide, options.clock);
  const queue = (name: QueueName) => new FailingQueue(process, ports.queues[name], name);
  return {
    records: failingRecords(process, ports.records),
    blobs: failingBlobs(process, ports.blobs),
    queues: { deliver: queue('deliver'), send: queue('send'), compact: queue('compact') },
    schedule: failingSchedule(process, ports.schedule),
    wakeups: new FailingWakeups(process, ports.wakeups),
    get crashed() {
      return process.stop.signal.aborted;
    },
    crash: () => process.crash(),
  };
}

type Port = Call['port'];

class Process {
  /** Aborted by the crash. */
  readonly stop = new AbortController();
  readonly #decide: Decide;
  readonly #clock: Clock;
  #calls = 0;

  constructor(decide: Decide, clock: Clock) {
    this.#decide = decide;
    this.#clock = clock;
  }

  crash(): void {
    this.stop.abort(new Crash('the process has died'));
  }

  alive(): void {
    this.stop.signal.throwIfAborted();
  }

  decide(port: Port, method: string, subject: string): Fault | undefined {
    this.alive();
    this.#calls += 1;
    return this.#decide({ port, method, subject, number: this.#calls });
  }

  /** A call without effect. */
  async read<T>(port: Port, method: string, subject: string, call: () => Promise<T>): Promise<T> {
    const fault = this.decide(port, method, subject);
    return this.#suffer(fault?.kind === 'unknown' ? { kind: 'unavailable' } : fault, call);
  }

  async write<T>(port: Port, method: string, subject: string, call: () => Promise<T>): Promise<T> {
    return this.#suffer(this.decide(port, method, subject), call);
  }

  /** A call whose effect may well happen twice. */
  async repeatable(port: Port, method: string, subject: string, call: () => Promise<void>): Promise<void> {
    const fault = this.decide(port, method, subject);
    const twice = async () => {
      await call();
      await call();
    };
    return this.#suffer(fault, fault?.kind === 'twice' ? twice : call);
  }

  async #suffer<T>(fault: Fault | undefined, call: () => Promise<T>): Promise<T> {
    if (fault?.kind === 'unavailable') throw new Unavailable('refused on command');
    if (fault?.kind === 'unknown') {
      if (fault.effect === 'now') await call().catch(() => {});
      if (fault.effect === 'later') this.#clock.after(fault.ms, () => void call().catch(() => {}));
      this.alive();
      throw new OutcomeUnknown('the reply was lost on command');
    }
    if (fault?.kind === 'crash') {
      if (fault.when === 'after') await call().catch(() => {});
      this.crash();
    }
    this.alive();
    if (fault?.kind === 'delay') await this.#clock.sleep(fault.ms, this.stop.signal);
    try {
      const result = await call();
      if (fault?.kind === 'delay' && fault.replyMs !== undefined)
        await this.#clock.sleep(fault.replyMs, this.stop.signal);
      return result;
    } finally {
      // A dead process gets no reply, neither good nor bad.
      this.alive();
    }
  }
}

function failingRecords(process: Process, inner: Records): Records {
  return {
    get: (pk, sk) => process.read('records', 'get', `${pk} ${sk}`, () => inner.get(pk, sk)),
    query: (range) => process.read('records', 'query', range.pk, () => inner.query(range)),
    put(item: Item, expect: Expect) {
      // As it is now, should the effect come later.
      const copy = { ...item, body: item.body.slice() };
      return process.write('records', 'put', `${item.pk} ${item.sk}`, () => inner.put(copy, expect));
    },
    delete: (pk, sk, expect) => process.write('records', 'delete', `${pk} ${sk}`, () => inner.delete(pk, sk, expect)),
  };
}

function failingBlobs(process: Process, inner: Blobs): Blobs {
  return {
    put: async (kind, source, options) => process.write('blobs', 'put', kind, () => inner.put(kind, source, options)),
    get: async (name, range) => process.read('blobs', 'get', name, () => inner.get(name, range)),
    info: async (name) => process.read('blobs', 'info', name, () => inner.info(name)),
    delete: async (name) => process.write('blobs', 'delete', name, () => inner.delete(name)),
    /** Asked for each chunk, so that a stream can break off in its middle. */
    async *stream(name: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
      await process.read('blobs', 'stream', name, async () => {});
      for await (const chunk of inner.stream(name, range)) {
        yield chunk;
        await process.read('blobs', 'streamOn', name, async () => {});
      }
    },
    async *list(kind: BlobKind): AsyncGenerator<BlobInfo> {
      await process.read('blobs', 'list', kind, async () => {});
      for await (const info of inner.list(kind)) {
        process.alive();
        yield info;
      }
    },
  };
}

class FailingQueue implements Queue {
  readonly #process: Process;
  readonly #inner: Queue;
  readonly #name: QueueName;

  constructor(process: Process, inner: Queue, name: QueueName) {
    this.#process = process;
    this.#inner = inner;
    this.#name = name;
  }

  async send(body: string, options?: Parameters<Queue['send']>[1]): Promise<void> {
    await this.#process.repeatable('queue', 'send', this.#name, () => this.#inner.send(body, options));
  }

  async receive(options: Parameters<Queue['receive']>[0]): ReturnType<Queue['receive']> {
    // A dead process must not lease jobs.
    const stop = this.#process.stop.signal;
    const signal = options.signal === undefined ? stop : AbortSignal.any([options.signal, stop]);
    try {
      return await this.#process.write('queue', 'receive', this.#name, () =>
        this.#inner.receive({ ...options, signal }),
      );
    } catch (error) {
      // For who receives there is nothing to settle: what was leased comes again.
      throw error instanceof OutcomeUnknown ? new Unavailable(error.message) : error;
    }
  }

  async delete(handles: readonly string[]): Promise<void> {
    await this.#process.write('queue', 'delete', this.#name, () => this.#inner.delete(handles));
  }

  async retry(handle: string, delaySeconds: number): Promise<void> {
    await this.#process.write('queue', 'retry', this.#name, () => this.#inner.retry(handle, delaySeconds));
  }
}

function failingSchedule(process: Process, inner: Schedule): Schedule {
  return {
    at: async (id, at, queue, body) => process.write('schedule', 'at', id, () => inner.at(id, at, queue, body)),
    cancel: async (id) => process.write('schedule', 'cancel', id, () => inner.cancel(id)),
  };
}

class FailingWakeups implements Wakeups {
  readonly #process: Process;
  readonly #inner: Wakeups;

  constructor(process: Process, inner: Wakeups) {
    this.#process = process;
    this.#inner = inner;
  }

  async publish(account: string, seq: number): Promise<void> {
    try {
      await this.#process.repeatable('wakeups', 'publish', account, () => this.#inner.publish(account, seq));
    } catch (error) {
      // Best effort: an event that fails is an event that is lost.
      if (!(error instanceof Unavailable || error instanceof OutcomeUnknown)) throw error;
    }
  }

  subscribe(account: string, listener: (seq: number) => void): () => void {
    this.#process.alive();
    const stop = this.#process.stop.signal;
    const unsubscribe = this.#inner.subscribe(account, (seq) => {
      if (!stop.aborted) listener(seq);
    });
    stop.addEventListener('abort', unsubscribe, { once: true });
    return () => {
      stop.removeEventListener('abort', unsubscribe);
      unsubscribe();
    };
  }
}
