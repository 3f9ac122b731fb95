/** The servers of the world, as the send stage meets them. What an address is called says how its server behaves. */
import {
  type Dns,
  DnsTemporary,
  type Relay,
  type RelayAttempt,
  RelayError,
  type RelayResult,
} from '../../mail/ports/index.ts';
import { SimRandom } from '../support/simrandom.ts';
import type { Life } from './life.ts';
import { midOf } from './messages.ts';
import type { SimProcess } from './process.ts';
import type { Simulation } from './simulation.ts';

/** One message in one mailbox of the world. */
export interface Taken {
  readonly at: number;
  readonly recipient: string;
  readonly from: string;
  readonly text: string;
  /** Our side could not know that it was taken. */
  readonly uncertain: boolean;
  readonly life: Life;
}

/** Names of mailboxes elsewhere: taken at once, refused, first put off, sometimes broken, never reached. */
export const REMOTE = ['ok@remote.test', 'ok2@other.test', 'no@remote.test', 'later@remote.test', 'odd@other.test'];
export const UNREACHABLE = 'ok@dead.test';

export function outside(
  sim: Simulation,
  process: SimProcess,
  life: Life,
): { readonly dns: Dns; readonly relay: Relay } {
  const random = new SimRandom(sim.seed, `remote ${process.name} ${sim.clock.now()}`);
  const wait = async () => {
    await process.clock.sleep(5 + random.int(500));
    await life.gate();
  };
  const dns: Dns = {
    async mx(name) {
      await wait();
      if (!sim.calm && random.chance(0.03)) throw new DnsTemporary('no answer');
      return { exists: true, records: [{ preference: 10, exchange: `mx.${name}` }] };
    },
    async addresses() {
      await wait();
      return ['192.0.2.25'];
    },
    txt: async () => [],
    ptr: async () => [],
  };
  const relay: Relay = {
    async deliver(attempt) {
      await wait();
      const broken = (stage: RelayError['stage'], cause?: unknown) =>
        new RelayError({
          temporary: true,
          code: 0,
          enhanced: '4.4.1',
          text: 'No connection',
          stage,
          remote: attempt.host,
          ...(cause === undefined ? {} : { cause }),
        });
      if (attempt.host === 'mx.dead.test' || (!sim.calm && random.chance(0.05))) throw broken('connect');
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of attempt.message()) chunks.push(chunk);
      } catch (cause) {
        throw broken('source', cause);
      }
      const text = Buffer.concat(chunks).toString('latin1');
      await wait();
      const results = attempt.envelope.to.map((recipient) => answer(sim, random, attempt, recipient, text));
      const lost = results.some(({ text: said }) => said === 'lost');
      for (const { recipient, ok } of results) {
        if (!ok) continue;
        sim.trace.add(process.name, `the world takes ${midOf(text)} for ${recipient}${lost ? ', unknown to us' : ''}`);
        sim.taken.push({ at: sim.clock.now(), recipient, from: attempt.envelope.from, text, uncertain: lost, life });
      }
      if (lost) throw broken('sent');
      return results;
    },
  };
  return { dns, relay };
}

function answer(
  sim: Simulation,
  random: SimRandom,
  attempt: RelayAttempt,
  recipient: string,
  text: string,
): RelayResult {
  const says = (code: number, enhanced: string, words: string): RelayResult => ({
    recipient,
    ok: code < 300,
    code,
    enhanced,
    text: words,
    remote: attempt.host,
  });
  if (recipient === '' || !recipient.includes('@')) {
    sim.trace.fail('null sender', `mail to "${recipient}" was sent out`);
    return says(501, '5.1.3', 'no address');
  }
  const key = `${midOf(text)} ${recipient}`;
  if (recipient.startsWith('no')) return says(550, '5.1.1', 'no such user');
  const before = sim.tries.get(key) ?? 0;
  sim.tries.set(key, before + 1);
  if (recipient.startsWith('later') && before < 2) return says(451, '4.7.1', 'greylisted');
  if (recipient.startsWith('odd') && !sim.calm) {
    const chance = random.number();
    if (chance < 0.2) return says(421, '4.3.2', 'closing');
    if (chance < 0.4) return says(250, '2.0.0', 'lost');
    if (chance < 0.5) return says(554, '5.7.1', 'we do not like it');
  }
  return says(250, '2.0.0', 'taken');
}
