import { describe, expect, it } from 'vitest';
import { createAccept, type Incoming } from '../../mail/inbound/accept.ts';
import { inboundJob } from '../../mail/inbound/job.ts';
import { groupRecipients } from '../../mail/outbound/recipients.ts';
import { type Blobs, OutcomeUnknown, type Queue, TooLarge, Unavailable } from '../../mail/ports/index.ts';
import { memoryPorts } from '../support/memory.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';

const BYTES = Buffer.from('a: b\r\n\r\ntext\r\n');

function incoming(groups: Incoming['groups']): Incoming {
  return {
    id: 'abcdefghijklmnop',
    received: 1_000,
    from: 'x@y.test',
    smtputf8: false,
    via: 'mx',
    groups,
    eightBit: () => false,
  };
}

const ONE: Incoming['groups'] = [{ tenant: 't1', deliveries: [{ account: 'a1', recipient: 'a@b.test' }], relay: [] }];

function rig() {
  const clock = new SimClock();
  const ports = memoryPorts({ clock, random: new SimRandom(1) });
  const receive = async () =>
    (await ports.queues.deliver.receive({ max: 10, visibility: 60, waitSeconds: 0 })).map((job) =>
      inboundJob.parse(JSON.parse(job.body)),
    );
  return { clock, ports, receive };
}

describe('accept', () => {
  it('makes bytes and job durable', async () => {
    const { clock, ports, receive } = rig();
    await createAccept({ blobs: ports.blobs, queue: ports.queues.deliver, clock })(incoming(ONE), BYTES);
    const [job] = await receive();
    expect(job).toMatchObject({
      id: 'abcdefghijklmnop',
      size: BYTES.length,
      tenant: 't1',
      deliveries: ONE[0]!.deliveries,
    });
    expect(Buffer.from(await ports.blobs.get(job!.blob))).toEqual(BYTES);
    expect((await ports.blobs.info(job!.blob)).owners).toBe(1);
  });

  it('gives each tenant a blob and a job of its own, with the owners that they will have', async () => {
    const { clock, ports, receive } = rig();
    const groups: Incoming['groups'] = [
      { ...ONE[0]!, relay: ['a@x.test', 'b@x.test', 'c@z.test'] },
      { tenant: 't2', deliveries: [{ account: 'c1', recipient: 'c@d.test' }], relay: [] },
    ];
    async function* source() {
      yield BYTES.subarray(0, 3);
      yield BYTES.subarray(3);
    }
    await createAccept({ blobs: ports.blobs, queue: ports.queues.deliver, clock })(incoming(groups), source());
    const [first, second] = await receive();
    expect(first!.id).not.toBe(second!.id);
    expect(first!.blob).not.toBe(second!.blob);
    expect((await ports.blobs.info(first!.blob)).owners).toBe(1 + groupRecipients(first!.id, first!.relay).length);
    expect((await ports.blobs.info(second!.blob)).owners).toBe(1);
    for (const job of [first!, second!]) expect(Buffer.from(await ports.blobs.get(job.blob))).toEqual(BYTES);
  });

  /** A queue whose sends fail in turn, and are counted. */
  function flaky(queue: Queue, failures: readonly Error[]): Queue & { sent: number } {
    const left = [...failures];
    return Object.assign(Object.create(queue) as Queue, {
      sent: 0,
      async send(this: { sent: number }, body: string) {
        this.sent++;
        const failure = left.shift();
        if (failure === undefined || failure instanceof OutcomeUnknown) await queue.send(body);
        if (failure !== undefined) throw failure;
      },
    });
  }

  it('repeats a job that perhaps was queued under the same id, also when the queue is away meanwhile', async () => {
    const { clock, ports, receive } = rig();
    const queue = flaky(ports.queues.deliver, [new OutcomeUnknown('?'), new Unavailable('no')]);
    await clock.run(createAccept({ blobs: ports.blobs, queue, clock })(incoming(ONE), BYTES));
    expect(queue.sent).toBe(3);
    const jobs = await receive();
    expect(jobs.map((job) => job.id)).toEqual(['abcdefghijklmnop', 'abcdefghijklmnop']);
  });

  it('fails at once when the job was surely not queued', async () => {
    const { clock, ports } = rig();
    const queue = flaky(ports.queues.deliver, [new Unavailable('no')]);
    const accept = createAccept({ blobs: ports.blobs, queue, clock });
    await expect(accept(incoming(ONE), BYTES)).rejects.toThrow(Unavailable);
    expect(queue.sent).toBe(1);
  });

  async function blobsLeft(ports: ReturnType<typeof rig>['ports']): Promise<number> {
    let count = 0;
    for await (const _ of ports.blobs.list('raw')) count++;
    return count;
  }

  it.each([
    ['surely was not queued', [new Unavailable('no')], 0],
    ['does not fit the queue', [new TooLarge('no')], 0],
    ['perhaps was queued', Array.from({ length: 100 }, () => new OutcomeUnknown('?')), 1],
    ['perhaps was queued, then was not', [new OutcomeUnknown('?'), ...Array(100).fill(new Unavailable('no'))], 1],
    ['failed by a bug', [new TypeError('bug')], 1],
  ])('leaves no blob behind a job that %s, unless it may be named', async (_, failures: Error[], left) => {
    const { clock, ports } = rig();
    const queue = flaky(ports.queues.deliver, failures);
    const accepted = createAccept({ blobs: ports.blobs, queue, clock })(incoming(ONE), BYTES);
    await expect(clock.run(accepted)).rejects.toThrow();
    expect(await blobsLeft(ports)).toBe(left);
  });

  it('takes away the blob of the tenant whose job failed, and keeps the other', async () => {
    const { clock, ports, receive } = rig();
    let sent = 0;
    const queue: Queue = Object.assign(Object.create(ports.queues.deliver) as Queue, {
      async send(body: string) {
        if (++sent === 2) throw new Unavailable('no');
        await ports.queues.deliver.send(body);
      },
    });
    const groups: Incoming['groups'] = [
      ONE[0]!,
      { tenant: 't2', deliveries: [{ account: 'c1', recipient: 'c@d.test' }], relay: [] },
    ];
    const accept = createAccept({ blobs: ports.blobs, queue, clock });
    await expect(accept(incoming(groups), BYTES)).rejects.toThrow(Unavailable);
    const [job] = await receive();
    expect(Buffer.from(await ports.blobs.get(job!.blob))).toEqual(BYTES);
    expect(await blobsLeft(ports)).toBe(1);
  });

  it('says what the queue said when the blob cannot be taken away', async () => {
    const { clock, ports } = rig();
    const blobs: Blobs = Object.assign(Object.create(ports.blobs) as Blobs, {
      put: ports.blobs.put.bind(ports.blobs),
      delete: () => Promise.reject(new Error('access denied')),
    });
    const queue = flaky(ports.queues.deliver, [new Unavailable('the queue is away')]);
    await expect(createAccept({ blobs, queue, clock })(incoming(ONE), BYTES)).rejects.toThrow('the queue is away');
  });

  it('fails in the end when nobody can say', async () => {
    const { clock, ports } = rig();
    const queue = flaky(
      ports.queues.deliver,
      Array.from({ length: 100 }, () => new OutcomeUnknown('?')),
    );
    const accepted = createAccept({ blobs: ports.blobs, queue, clock })(incoming(ONE), BYTES);
    const begun = clock.now();
    await expect(clock.run(accepted)).rejects.toThrow(OutcomeUnknown);
    // The client waits ten minutes for the reply, and a 4xx may make it send the message twice.
    expect(clock.now() - begun).toBeGreaterThan(180_000);
    expect(clock.now() - begun).toBeLessThan(300_000);
  });
});
