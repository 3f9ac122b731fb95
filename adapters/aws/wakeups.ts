/**
 * Wake-ups over AppSync Events. Each task that has listeners holds one socket, on its own channel /t/<taskId>, and a
 * registry names the tasks of an account: publishing costs one event per listening task, never a broadcast.
 */
import { type Clock, type Log, type Random, type Records, randomName, type Wakeups } from '../../mail/ports/index.ts';
import type { AppSyncEvents } from './appsync.ts';
import { AppSyncSocket, type OpenSocket } from './appsync-socket.ts';
import { LEASE_SECONDS, WakeRegistry } from './wake-registry.ts';

export interface AppSyncWakeupsOptions {
  readonly events: AppSyncEvents;
  readonly realtimeHost: string;
  /** Where the registry is kept. */
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: the standard WebSocket. */
  readonly openSocket?: OpenSocket;
}

type Listener = (seq: number) => void;

interface Turn {
  seq: number;
  readonly done: Promise<void>;
}

/** A registration outlives its last listener by this: IMAP clients end an IDLE only to begin the next. */
const LINGER_MS = 60_000;
const RENEW_MS = (LEASE_SECONDS * 1000) / 2;
const REGISTER_RETRY_MS = 10_000;

export class AppSyncWakeups implements Wakeups {
  /** Names this process in the registry. */
  readonly taskId: string;
  private readonly options: AppSyncWakeupsOptions;
  private readonly registry: WakeRegistry;
  private readonly socket: AppSyncSocket;
  private readonly listeners = new Map<string, Set<Listener>>();
  /** Accounts with a registration of ours, and how to call off its removal. */
  private readonly registered = new Map<string, () => void>();
  /** Per account: the publication under way, and the one that waits for it and gathers what comes meanwhile. */
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting = new Map<string, Turn>();
  private started: Promise<void> | undefined;
  private isUp: () => void = () => undefined;
  private cancelRenewal: () => void = () => undefined;

  constructor(options: AppSyncWakeupsOptions) {
    this.options = options;
    this.taskId = randomName(options.random, 20);
    this.registry = new WakeRegistry(options.records, options.clock);
    this.socket = new AppSyncSocket({
      ...options,
      channel: `/t/${this.taskId}`,
      onEvent: (event) => this.onEvent(event),
      onUp: () => this.onUp(),
    });
  }

  /**
   * Opens the socket; resolves when it is subscribed. A program that serves clients calls it as it starts; otherwise the
   * first `subscribe` does. It goes on trying for ever, so whoever waits for it should wait with a limit.
   */
  start(): Promise<void> {
    if (!this.started) {
      this.started = new Promise((resolve) => {
        this.isUp = resolve;
      });
      this.socket.start();
      this.renewLater();
    }
    return this.started;
  }

  /** Closes the socket and takes our names out of the registry. */
  async close(): Promise<void> {
    this.cancelRenewal();
    this.socket.close();
    this.listeners.clear();
    const accounts = [...this.registered.keys()];
    for (const account of accounts) await this.unregister(account);
  }

  publish(account: string, seq: number): Promise<void> {
    // In a turn of its own: what a listener does is not the publisher's.
    queueMicrotask(() => this.tell(account, seq));
    const waiting = this.waiting.get(account);
    if (waiting) {
      waiting.seq = Math.max(waiting.seq, seq);
      return waiting.done;
    }
    const running = this.running.get(account);
    if (!running) return this.run(account, seq);
    const turn: Turn = {
      seq,
      done: running.then(() => {
        this.waiting.delete(account);
        return this.run(account, turn.seq);
      }),
    };
    this.waiting.set(account, turn);
    return turn.done;
  }

  subscribe(account: string, listener: Listener): () => void {
    void this.start();
    const listeners = this.listeners.get(account) ?? new Set();
    // The same function may be subscribed twice; each subscription ends on its own.
    const mine: Listener = (seq) => listener(seq);
    listeners.add(mine);
    this.listeners.set(account, listeners);
    this.register(account);
    return () => {
      if (!listeners.delete(mine) || listeners.size > 0) return;
      this.listeners.delete(account);
      this.unregisterLater(account);
    };
  }

  private run(account: string, seq: number): Promise<void> {
    const done = this.send(account, seq).finally(() => {
      if (this.running.get(account) === done) this.running.delete(account);
    });
    this.running.set(account, done);
    return done;
  }

  private async send(account: string, seq: number): Promise<void> {
    try {
      const tasks = (await this.registry.tasksOf(account)).filter((task) => task !== this.taskId);
      await Promise.all(tasks.map((task) => this.options.events.publish(`/t/${task}`, { account, seq })));
    } catch (error) {
      this.options.log.warn('wakeups.lost', { account, seq, error });
    }
  }

  private onEvent(event: unknown): void {
    const { account, seq } = event as { readonly account?: unknown; readonly seq?: unknown };
    if (typeof account === 'string' && typeof seq === 'number') this.tell(account, seq);
  }

  private onUp(): void {
    this.isUp();
    for (const account of this.listeners.keys()) this.tell(account, Number.POSITIVE_INFINITY);
  }

  private tell(account: string, seq: number): void {
    for (const listener of [...(this.listeners.get(account) ?? [])]) {
      try {
        listener(seq);
      } catch (error) {
        this.options.log.error('wakeups.listener', { account, error });
      }
    }
  }

  private register(account: string): void {
    const cancelRemoval = this.registered.get(account);
    cancelRemoval?.();
    this.registered.set(account, () => undefined);
    if (!cancelRemoval) this.writeRegistration(account);
  }

  private writeRegistration(account: string): void {
    this.registry.register(account, this.taskId).catch((error: unknown) => {
      this.options.log.warn('wakeups.unregistered', { account, error });
      this.options.clock.after(REGISTER_RETRY_MS, () => {
        if (this.listeners.has(account)) this.writeRegistration(account);
      });
    });
  }

  private unregisterLater(account: string): void {
    const cancel = this.options.clock.after(LINGER_MS, () => void this.unregister(account));
    this.registered.set(account, cancel);
  }

  private async unregister(account: string): Promise<void> {
    this.registered.get(account)?.();
    this.registered.delete(account);
    try {
      await this.registry.remove(account, this.taskId);
      // Somebody may have subscribed while the removal was under way, and lost the registration to it.
      if (this.listeners.has(account)) this.writeRegistration(account);
    } catch (error) {
      this.options.log.warn('wakeups.registered', { account, error });
    }
  }

  private renewLater(): void {
    this.cancelRenewal = this.options.clock.after(RENEW_MS, () => {
      for (const account of this.listeners.keys()) this.writeRegistration(account);
      this.renewLater();
    });
  }
}
