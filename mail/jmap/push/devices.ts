import type { Account, Accounts } from '../../account/types.ts';
import type { AccountInfo, Directory } from '../../directory/types.ts';
import type { Clock, Log, PushServices, Random, Records } from '../../ports/index.ts';
import { Changes, type More, PUSHED, pushedTypes } from './changes.ts';
import { encryptPush } from './encryption.ts';
import { deleteSubscription, listSubscriptions, type Subscription } from './subscriptions.ts';
import type { Vapid } from './vapid.ts';

export interface DevicesDeps {
  readonly accounts: Accounts;
  readonly directory: Pick<Directory, 'account' | 'holds' | 'watch'>;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly services: PushServices;
  /** Says who we are. @default nobody does */
  readonly vapid?: Pick<Vapid, 'authorization'>;
  /** What a user is told of besides his mail. */
  readonly more?: (user: AccountInfo) => Promise<More>;
  /**
   * Others pushed before, and create subscriptions: what each is to show is sent when it is found, and what there is now to all that are there at
   * first, who may have missed something. @default `verify` is called
   */
  readonly isElsewhere?: boolean;
  /** Asked before each push: false where another process pushes by now. @default yes */
  readonly mayPush?: () => boolean;
}

/** RFC 8030 section 5.2, in seconds: a device that was off for longer asks by itself. */
const TTL = 86_400;
/** Between two pushes to a device: what changes meanwhile goes with the second. */
const GAP_MS = 1_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 3_600_000;
/** Tries to send a verification, which nobody waits for longer. */
const VERIFICATION_TRIES = 4;
/** A URL is asked by us whenever one creates a subscription, and may be a stranger's. */
const VERIFICATIONS_AN_HOUR = 20;
const HOUR_MS = 3_600_000;
/** One that was created longer ago is not sent its verification by who takes over. */
const NEW_MS = 10 * 60_000;

/** What came of a POST: `gone`: nobody is there any more; a number: to be tried again, and not before so many ms. */
type Outcome = 'sent' | 'gone' | number;
type StateMap = Readonly<Record<string, string>>;

/** When an account's subscriptions of the last hour were created, this one among them; undefined where it would be one too many. */
export function withOneMore(times: readonly number[], now: number): readonly number[] | undefined {
  const recent = times.filter((at) => at > now - HOUR_MS);
  return recent.length >= VERIFICATIONS_AN_HOUR ? undefined : [...recent, now];
}

/** Pushes to all devices with a verified subscription, until it is stopped. One process of a store does it. */
export class Devices {
  readonly #deps: DevicesDeps;
  readonly #open = new Map<string, Device>();
  readonly #verifications = new Map<string, readonly number[]>();
  /** Subscriptions whose verification was sent because they were found. */
  readonly #verified = new Set<string>();
  #hasAll = false;
  readonly #stopping = new AbortController();
  /** One after the other. */
  #refreshed: Promise<void> = Promise.resolve();

  readonly #unwatch: () => void;

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
    this.#unwatch = deps.directory.watch((account) => void this.refresh(account));
  }

  /** Whether the account may create one more subscription now; counts it. */
  mayVerify(account: string): boolean {
    const times = withOneMore(this.#verifications.get(account) ?? [], this.#deps.clock.now());
    if (times === undefined) return false;
    this.#verifications.set(account, times);
    return true;
  }

  /** Looks again at the subscriptions of an account, or of all. Never rejects. */
  refresh(account?: string): Promise<void> {
    this.#refreshed = this.#refreshed.then(() => this.#refresh(account));
    return this.#refreshed;
  }

  async #refresh(account: string | undefined): Promise<void> {
    const { records, clock, log } = this.#deps;
    try {
      const found = await this.#lasting(await listSubscriptions(records, clock.now(), account));
      const wanted = new Map(found.map((each) => [`${each.account}/${each.id}`, each]));
      for (const [key, device] of [...this.#open]) {
        const isAsked = account === undefined || key.startsWith(`${account}/`);
        const now = wanted.get(key);
        if (!isAsked || (now !== undefined && JSON.stringify(now) === JSON.stringify(device.subscription))) continue;
        device.stop();
        this.#open.delete(key);
      }
      for (const [key, subscription] of wanted) {
        if (this.#open.has(key)) continue;
        const opened = await this.#deps.accounts.openFresh(subscription.account);
        const user = await this.#deps.directory.account(subscription.account);
        const more = user === undefined ? undefined : await this.#deps.more?.(user);
        if (this.#stopping.signal.aborted) return;
        const device = new Device(this.#deps, opened, user, more, subscription, () => void this.#drop(subscription), {
          isBehind: this.#deps.isElsewhere === true && !this.#hasAll,
        });
        this.#open.set(key, device);
      }
      this.#hasAll ||= account === undefined;
    } catch (error) {
      log.error('jmap.push-subscriptions', { account, error: String(error) });
    }
  }

  /** The verified ones, without those whose credentials are over: these are destroyed (RFC 8620 section 7.2). */
  async #lasting(all: readonly Subscription[]): Promise<readonly Subscription[]> {
    const found: Subscription[] = [];
    for (const subscription of all) {
      const { account, id, credential, isVerified } = subscription;
      if (credential !== undefined && !(await this.#deps.directory.holds(account, credential))) {
        await deleteSubscription(this.#deps.records, account, id);
      } else if (isVerified) {
        found.push(subscription);
      } else if (this.#deps.isElsewhere === true) {
        this.#verifyNew(subscription);
      }
    }
    return found;
  }

  #verifyNew(subscription: Subscription): void {
    const { account, id, created = 0 } = subscription;
    const key = `${account}/${id}`;
    if (this.#verified.has(key) || created < this.#deps.clock.now() - NEW_MS) return;
    this.#verified.add(key);
    void this.verify(subscription);
  }

  /** Sends the code that the client must show (RFC 8620 section 7.2.2). Never rejects. */
  async verify(subscription: Subscription): Promise<void> {
    const { id: pushSubscriptionId, code: verificationCode } = subscription;
    const message = { '@type': 'PushVerification', pushSubscriptionId, verificationCode };
    for (let tries = 0; tries < VERIFICATION_TRIES; tries++) {
      const outcome = await send(this.#deps, subscription, message);
      if (typeof outcome === 'string') return;
      const wait = Math.max(outcome, FIRST_RETRY_MS * 2 ** tries);
      if (await pause(this.#deps.clock, wait, this.#stopping.signal)) return;
    }
  }

  stop(): void {
    this.#unwatch();
    this.#stopping.abort();
    for (const device of this.#open.values()) device.stop();
    this.#open.clear();
  }

  async #drop({ account, id }: Subscription): Promise<void> {
    try {
      await deleteSubscription(this.#deps.records, account, id);
    } catch (error) {
      this.#deps.log.warn('jmap.push-subscriptions', { account, error: String(error) });
    }
    await this.refresh(account);
  }
}

/** Pushes the changes of one account to one device, one after the other. */
class Device {
  readonly subscription: Subscription;
  readonly #deps: DevicesDeps;
  readonly #changes: Changes;
  readonly #onGone: () => void;
  readonly #stopping = new AbortController();
  readonly #stopExpiry: () => void;
  /** What is not sent yet. */
  #pending: Readonly<Record<string, StateMap>> | undefined;
  #isAtWork = false;

  /** `onGone` is called when it is over by itself: expired, unknown at its service, or of an account that is off. `isBehind`: it is told of all at once. */
  constructor(
    deps: DevicesDeps,
    account: Account,
    user: AccountInfo | undefined,
    more: More | undefined,
    subscription: Subscription,
    onGone: () => void,
    { isBehind }: { readonly isBehind: boolean },
  ) {
    const limits = user ?? {};
    this.subscription = subscription;
    this.#deps = deps;
    this.#onGone = onGone;
    const types = subscription.types === null ? PUSHED : pushedTypes(subscription.types);
    this.#changes = new Changes(account, limits, types, isBehind ? '' : undefined, () => void this.#work(), more);
    this.#stopExpiry = deps.clock.after(Math.max(0, subscription.expires - deps.clock.now()), onGone);
    if (isBehind) void this.#work();
  }

  stop(): void {
    this.#stopping.abort();
    this.#stopExpiry();
    this.#changes.close();
  }

  async #work(): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    const { signal } = this.#stopping;
    let retry = FIRST_RETRY_MS;
    while (!signal.aborted && this.#hasNews()) {
      const outcome = await this.#send();
      if (outcome === 'gone') {
        this.#onGone();
        return;
      }
      if (outcome === 'sent') {
        this.#pending = undefined;
        retry = FIRST_RETRY_MS;
        await pause(this.#deps.clock, GAP_MS, signal);
      } else {
        await pause(this.#deps.clock, Math.max(outcome, retry), signal);
        retry = Math.min(retry * 2, LAST_RETRY_MS);
      }
    }
    this.#isAtWork = false;
  }

  /** Sends what is pending. An account that is off or removed has no devices. */
  async #send(): Promise<Outcome> {
    const { account, credential } = this.subscription;
    try {
      const owner = await this.#deps.directory.account(account);
      if (owner?.enabled !== true) return 'gone';
      if (credential !== undefined && !(await this.#deps.directory.holds(account, credential))) return 'gone';
      this.#changes.limits = owner;
    } catch (error) {
      this.#deps.log.warn('jmap.push', { account, error: String(error) });
      return FIRST_RETRY_MS;
    }
    return send(this.#deps, this.subscription, { '@type': 'StateChange', changed: this.#pending });
  }

  /** Adds what is new to what is not sent yet. */
  #hasNews(): boolean {
    const news = this.#changes.next();
    for (const [account, states] of Object.entries(news?.changed ?? {})) {
      this.#pending = { ...this.#pending, [account]: { ...this.#pending?.[account], ...states } };
    }
    return this.#pending !== undefined;
  }
}

/** One POST (RFC 8030 section 5). Never rejects. */
async function send(
  { services, vapid, random, log, mayPush }: DevicesDeps,
  { account, id, url, keys }: Subscription,
  message: unknown,
): Promise<Outcome> {
  if (mayPush?.() === false) return FIRST_RETRY_MS;
  const text = JSON.stringify(message);
  const plain = { ttl: String(TTL), urgency: 'normal', 'content-type': 'application/json' };
  try {
    const headers = vapid === undefined ? plain : { ...plain, authorization: await vapid.authorization(url) };
    const { status, retryAfter = 0 } =
      keys === null
        ? await services.post(url, headers, Buffer.from(text))
        : await services.post(url, { ...headers, 'content-encoding': 'aes128gcm' }, encryptPush(text, keys, random));
    if (status >= 200 && status < 300) return 'sent';
    if (status === 404 || status === 410) return 'gone';
    log.info('jmap.push-refused', { account, id, status });
    return Math.min(retryAfter * 1000, LAST_RETRY_MS);
  } catch (error) {
    log.info('jmap.push-failed', { account, id, error: String(error) });
    return 0;
  }
}

/** True where the signal came first. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => false,
    () => true,
  );
}
