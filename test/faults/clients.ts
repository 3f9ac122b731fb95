/** Clients that hand messages over: by SMTP as the world does, and as a submission that goes straight to `accept`. */
import type { RecipientGroup } from '../../mail/inbound/accept.ts';
import { randomName } from '../../mail/ports/index.ts';
import type { Address } from './directory.ts';
import { compose } from './messages.ts';
import type { SimProcess } from './process.ts';
import { REMOTE, UNREACHABLE } from './remote.ts';
import type { Attempt, Simulation } from './simulation.ts';
import { SimWire } from './wire.ts';

/** A client gives up waiting after so long. */
const PATIENCE = 600_000;

export function sendMessage(sim: Simulation): void {
  const { random, people } = sim;
  const submission = random.chance(0.35);
  const addresses = new Set<Address>();
  for (let left = 1 + random.int(3); left > 0; left--) addresses.add(random.pick(people.addresses));
  const remote = new Set<string>();
  if (submission) {
    for (let left = random.int(3); left > 0; left--)
      remote.add(random.chance(0.04) ? UNREACHABLE : random.pick(REMOTE));
  }
  const sender = random.pick(people.addresses.slice(0, people.accounts.length)).address;
  const from = submission ? sender : random.pick([sender, 'ok@remote.test', '']);
  const mid = `m${sim.attempts.length + 1}`;
  const earlier = sim.attempts.length > 0 && random.chance(0.4) ? [random.pick(sim.attempts).mid] : [];
  hand(sim, submission, mid, from, [...addresses], [...remote], earlier, 3);
}

function hand(
  sim: Simulation,
  submission: boolean,
  mid: string,
  from: string,
  addresses: readonly Address[],
  remote: readonly string[],
  references: readonly string[],
  tries: number,
): void {
  const process = sim.running('ingress');
  if (process === undefined) return;
  const attempt: Attempt = {
    mid,
    from,
    accounts: [...new Set(addresses.flatMap(({ accounts }) => accounts))],
    remote: [...new Set([...remote, ...addresses.flatMap((one) => one.remote)])],
    references,
    answer: 'pending',
  };
  sim.attempts.push(attempt);
  const bytes = compose(mid, { from, references, size: sim.random.pick([0, 300, 3000, 9000]) });
  const drop = sim.random.chance(0.05);
  sim.spawn(process, async () => {
    sim.trace.add(process.name, `is given ${mid} from <${from}> for ${addresses.map((one) => one.address)} ${remote}`);
    const talk = submission
      ? submit(process, attempt, addresses, bytes)
      : speak(sim, process, from, addresses, bytes, drop);
    attempt.answer = await Promise.race([
      talk,
      process.life.death.then(() => 'unknown' as const),
      sim.clock.sleep(PATIENCE).then(() => 'unknown' as const),
    ]);
    sim.trace.add(process.name, `${mid} is ${attempt.answer}`);
    if (attempt.answer === 'taken' || tries === 0) return;
    await sim.clock.sleep(1000 + sim.random.int(60_000));
    hand(sim, submission, `${mid}r`, from, addresses, remote, references, tries - 1);
  });
  void process.life.death.then(() => {
    if (attempt.answer === 'pending') attempt.answer = 'unknown';
  });
}

async function submit(
  process: SimProcess,
  attempt: Attempt,
  addresses: readonly Address[],
  bytes: Uint8Array,
): Promise<Attempt['answer']> {
  try {
    const deliveries = new Map<string, { account: string; recipient: string }>();
    const relay = new Set<string>(
      attempt.remote.filter((one) => !addresses.some(({ remote }) => remote.includes(one))),
    );
    for (const { address } of addresses) {
      const found = await process.mail.directory.resolve(address);
      if (found.kind !== 'local') throw new Error(`${address} is ${found.kind}`);
      for (const { account } of found.deliveries) deliveries.set(account, { account, recipient: address });
      for (const one of found.relay) relay.add(one);
    }
    const group: RecipientGroup = { tenant: 'default', deliveries: [...deliveries.values()], relay: [...relay] };
    await process.mail.accept(
      {
        id: randomName(process.random, 16),
        received: process.clock.now(),
        from: attempt.from,
        smtputf8: false,
        via: 'submission',
        groups: [group],
        eightBit: () => false,
      },
      bytes,
    );
    return 'taken';
  } catch {
    return 'refused';
  }
}

/** As a server of the world speaks. `drop`: its connection breaks before it has read the last reply. */
async function speak(
  sim: Simulation,
  process: SimProcess,
  from: string,
  addresses: readonly Address[],
  bytes: Uint8Array,
  drop: boolean,
): Promise<Attempt['answer']> {
  const wire = new SimWire(process.clock);
  process.life.onDeath(() => wire.destroy());
  const serve = process.smtp.handle(wire).then(
    () => wire.destroy(),
    () => wire.destroy(),
  );
  const reply = async (): Promise<string> => {
    for (;;) {
      const line = await wire.line();
      if (line === undefined) return '';
      if (line[3] !== '-') return line;
    }
  };
  try {
    const commands = ['', 'EHLO client.remote.test', `MAIL FROM:<${from}>`];
    for (const { address } of addresses) commands.push(`RCPT TO:<${address}>`);
    for (const command of commands) {
      if (command !== '') wire.send(`${command}\r\n`);
      const said = await reply();
      if (!said.startsWith('2')) return 'refused';
    }
    wire.send('DATA\r\n');
    if (!(await reply()).startsWith('354')) return 'refused';
    wire.send(bytes);
    wire.send('.\r\n');
    if (drop) {
      await sim.clock.sleep(sim.random.int(100));
      return 'unknown';
    }
    const said = await reply();
    wire.send('QUIT\r\n');
    return said.startsWith('250') ? 'taken' : said === '' ? 'unknown' : 'refused';
  } finally {
    wire.destroy();
    void serve;
  }
}
