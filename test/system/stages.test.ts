/** The stages put together as the programs do it, where the outside cannot be waited for: SES, and five days of retries. */
import { expect, it } from 'vitest';
import { openAws } from '../../adapters/aws/index.ts';
import { openSes } from '../../adapters/aws/ses.ts';
import { smtpProtocols } from '../../bin/parts/protocols.ts';
import { IN_THE_CLOUD } from '../../bin/parts/service.ts';
import type { Resolution } from '../../mail/directory/types.ts';
import type { Queue, ReceivedJob, Relay, RelayResult } from '../../mail/ports/index.ts';
import { createMail, type Mail, type Ports } from '../../mail/stages.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { tableDns } from '../support/outbound.ts';
import { pipe } from '../support/pipe.ts';
import { SEED_PASSWORD } from '../support/seed.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';
import { transcript } from '../support/transcript.ts';

const ALICE = 'alice@example.test';
const HOUR = 3_600_000;
const PLACE = { hostname: 'mail.example.test', bind: '127.0.0.1' };

async function withAlice(mail: Mail): Promise<void> {
  await mail.directory.domains.add('example.test');
  await mail.directory.accounts.add(ALICE, SEED_PASSWORD);
}

/** Alice submits one message to carol, elsewhere. */
async function submits(mail: Mail, ports: Ports, lines: number): Promise<void> {
  const { submission } = smtpProtocols(mail, ports, {
    ...PLACE,
    limits: () => ({ size: 40 << 20, recipients: 100 }),
  });
  const { server, client } = pipe();
  const done = submission.handle(server);
  const login = Buffer.from(`\0${ALICE}\0${SEED_PASSWORD}`).toString('base64');
  await transcript(
    client,
    `S~ ^220 \nC: EHLO laptop.test\nS* ^250 \nC: AUTH PLAIN ${login}\nS~ ^235 \nC: MAIL FROM:<${ALICE}>\nS~ ^250 \nC: RCPT TO:<carol@elsewhere.test>\nS~ ^250 \nC: DATA\nS~ ^354 `,
  );
  client.send(`From: <${ALICE}>\r\nSubject: a reply\r\n\r\n${'a line of a reply\r\n'.repeat(lines)}.\r\n`);
  await transcript(client, 'S~ ^250 \nC: QUIT\nS~ ^221 ');
  await done;
}

/** Works on what is in the queue now. */
async function workOff(
  queue: Queue,
  handler: (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>,
): Promise<number> {
  const jobs = await queue.receive({ max: 10, visibility: 120, waitSeconds: 0 });
  if (jobs.length === 0) return 0;
  const again = new Set(await handler(jobs));
  await queue.delete(jobs.map(({ handle }) => handle).filter((handle) => !again.has(handle)));
  return jobs.length;
}

it.each([
  { api: 'v1', lines: 100 },
  { api: 'v2', lines: 800_000 },
])('hands a reply to SES, $lines lines by its API $api', async ({ api, lines }) => {
  const fake = new AwsFake();
  const aws = openAws(fake.config({ log: silentLog }));
  const mail = await createMail(aws, { ...IN_THE_CLOUD, hostname: PLACE.hostname, onLongTail: () => undefined });
  await withAlice(mail);
  await submits(mail, aws, lines);
  const noRelay: Relay = {
    deliver: () => Promise.reject(new Error('nothing goes by SMTP')),
  };
  const send = mail.send({ dns: tableDns({}), relay: noRelay, ses: openSes(fake.config()), config: { mxPort: 25 } });
  expect(await workOff(aws.queues.deliver, mail.deliver)).toBe(1);
  expect(await workOff(aws.queues.send, send)).toBe(1);
  expect(fake.ses.sent).toHaveLength(1);
  expect(fake.ses.sent[0]).toMatchObject({ api, from: ALICE, to: ['carol@elsewhere.test'] });
  const text = fake.ses.sent[0]!.bytes.toString('latin1');
  expect(text.endsWith(`\r\n\r\n${'a line of a reply\r\n'.repeat(lines)}`)).toBe(true);
  expect(fake.violations).toEqual([]);
  await aws.close();
});

it('tries again after 15 and 30 minutes, 1, 2 and 4 hours, for 5 days, and then tells alice', async () => {
  const clock = new SimClock();
  const random = new SimRandom(2);
  const ports: Ports = { ...memoryPorts({ clock, random }), clock, random, log: silentLog };
  const mail = await createMail(ports, {
    hostname: PLACE.hostname,
    writer: 'person',
    exclusive: true,
    defaultRoutes: [{ kind: 'mx' }],
    onLongTail: () => undefined,
  });
  await withAlice(mail);
  const attempts: number[] = [];
  const relay: Relay = {
    async deliver({ envelope }) {
      attempts.push(clock.now());
      return envelope.to.map(
        (recipient): RelayResult => ({
          recipient,
          ok: false,
          code: 451,
          enhanced: '4.2.0',
          text: 'Not now',
          remote: 'mx.elsewhere.test[192.0.2.1]',
        }),
      );
    },
  };
  const send = mail.send({ dns: tableDns({}), relay, config: { mxPort: 25 } });
  const begin = clock.now();
  await submits(mail, ports, 10);
  while (clock.now() < begin + 6 * 24 * HOUR) {
    const delivered = await workOff(ports.queues.deliver, (jobs) => clock.run(mail.deliver(jobs)));
    const sent = await workOff(ports.queues.send, (jobs) => clock.run(send(jobs)));
    if (delivered + sent === 0) await clock.advance(10_000);
  }
  const hours = attempts.slice(1).map((at, n) => (at - attempts[n]!) / HOUR);
  for (const [n, planned] of [0.25, 0.5, 1, 2, 4, 4, 4].entries()) {
    expect(hours[n]).toBeGreaterThan(planned * 0.94);
    expect(hours[n]).toBeLessThan(planned + 0.02);
  }
  const last = (attempts.at(-1)! - begin) / HOUR;
  expect(last).toBeGreaterThan(119.9);
  expect(last).toBeLessThan(120.1);

  const [alice] = fromLocal(await mail.directory.resolve(ALICE));
  const account = await mail.accounts.open(alice!);
  const inbox = account.state.mailboxNamed('INBOX')!;
  expect(inbox.messages).toBe(1);
  const number = account.state.rows(inbox.id).email(0);
  const report = Buffer.from(await ports.blobs.get((await account.emails([number])).get(number)!.blob)).toString();
  expect(report).toMatch(/^Content-Type: multipart\/report;/m);
  expect(report).toMatch(/^Final-Recipient: rfc822; carol@elsewhere\.test\r$/m);
  expect(report).toMatch(/^Status: 4\.2\.0\r$/m);
});

function fromLocal(resolution: Resolution): readonly string[] {
  return resolution.kind === 'local' ? resolution.deliveries.map(({ account }) => account) : [];
}
