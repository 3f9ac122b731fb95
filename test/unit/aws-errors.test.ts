/** What the AWS adapters make of failures: the ports' words, and no retry that could lie. */
import { beforeEach, describe, expect, test } from 'vitest';
import { translate } from '../../adapters/aws/errors.ts';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import {
  ConditionFailed,
  type Item,
  NotFound,
  OutcomeUnknown,
  type Records,
  TooLarge,
  Unavailable,
} from '../../mail/ports/index.ts';
import { AwsFake, type Fault, NotInFake } from '../support/aws-fake.ts';

const item: Item = { pk: 'p', sk: 's', body: Buffer.from('x'), rev: 1 };

async function failure(promise: Promise<unknown>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error: Error) => error,
  );
}

let fake: AwsFake;
let aws: Aws;
let records: Records;
beforeEach(() => {
  fake = new AwsFake();
  aws = openAws(fake.config());
  records = aws.records;
});

describe('a conditional write', () => {
  const cases: [Fault, new (...args: never[]) => Error, boolean][] = [
    ['throttle', Unavailable, false],
    ['refused', Unavailable, false],
    ['lost', OutcomeUnknown, false],
    ['error', OutcomeUnknown, false],
    ['timeout-after', OutcomeUnknown, true],
    ['reset-after', OutcomeUnknown, true],
    ['error-after', OutcomeUnknown, true],
  ];
  for (const [fault, expected, written] of cases) {
    test(`${fault}: ${expected.name}, after one attempt, ${written ? 'and it is there' : 'and nothing is there'}`, async () => {
      fake.failNext('dynamodb.PutItem', fault);
      expect(await failure(records.put(item, 'absent'))).toBeInstanceOf(expected);
      expect(fake.calls.get('dynamodb.PutItem')).toBe(1);
      expect((await records.get('p', 's')) !== undefined).toBe(written);
    });
  }

  test('a delete whose answer was lost is unknown too', async () => {
    await records.put(item, 'absent');
    fake.failNext('dynamodb.DeleteItem', 'timeout-after');
    expect(await failure(records.delete('p', 's', { rev: 1 }))).toBeInstanceOf(OutcomeUnknown);
    expect(fake.calls.get('dynamodb.DeleteItem')).toBe(1);
  });
});

describe('a read', () => {
  for (const fault of ['throttle', 'lost', 'error', 'reset-after'] as const) {
    test(`${fault} once: tried again, unseen`, async () => {
      await records.put(item, 'absent');
      fake.failNext('dynamodb.GetItem', fault);
      expect(await records.get('p', 's')).toMatchObject({ rev: 1 });
      expect(fake.calls.get('dynamodb.GetItem')).toBe(2);
    });
  }

  test('that keeps failing is Unavailable, never unknown', async () => {
    fake.failNext('dynamodb.Query', 'error-after', 9);
    expect(await failure(records.query({ pk: 'p' }))).toBeInstanceOf(Unavailable);
    expect(fake.calls.get('dynamodb.Query')).toBe(3);
  });
});

describe('translate', () => {
  const named = (name: string, httpStatusCode?: number, message = '') =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
  const cases: [Error, new (...args: never[]) => Error][] = [
    [named('ConditionalCheckFailedException', 400), ConditionFailed],
    [named('PreconditionFailed', 412), ConditionFailed],
    [named('NoSuchKey', 404), NotFound],
    [named('NotFound', 404), NotFound],
    [named('EntityTooLarge', 400), TooLarge],
    [named('ValidationException', 400, 'Item size has exceeded the maximum allowed size'), TooLarge],
    [named('ThrottlingException', 400), Unavailable],
    [named('RequestLimitExceeded', 400), Unavailable],
    [named('SlowDown', 503), Unavailable],
    [named('AccessDeniedException', 400), Unavailable],
    [named('ExpiredTokenException', 400), Unavailable],
    [named('ResourceNotFoundException', 400), Unavailable],
    [named('CredentialsProviderError'), Unavailable],
    [named('ServiceUnavailable', 503), OutcomeUnknown],
    [named('InternalServerError', 500), OutcomeUnknown],
    [named('TimeoutError'), OutcomeUnknown],
    [named('TimeoutError', undefined, 'the request socket did not establish a connection with'), Unavailable],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), Unavailable],
    [Object.assign(new Error('x'), { code: 'EPIPE' }), OutcomeUnknown],
  ];
  for (const [error, expected] of cases) {
    test(`${error.name} ${error.message} is ${expected.name}`, () => {
      expect(translate(error, 'write', 'call')).toBeInstanceOf(expected);
      const read = expected === OutcomeUnknown ? Unavailable : expected;
      expect(translate(error, 'read', 'call')).toBeInstanceOf(read);
    });
  }

  test('a fault of the program stays what it is', () => {
    const bug = new TypeError('undefined is not a function');
    expect(translate(bug, 'write', 'call')).toBe(bug);
    const malformed = named('ValidationException', 400, 'Invalid KeyConditionExpression');
    expect(translate(malformed, 'write', 'call')).toBe(malformed);
  });

  test('an error of a port passes, and the cause is kept', () => {
    const error = new Unavailable('busy');
    expect(translate(error, 'write', 'call')).toBe(error);
    const cause = named('SlowDown', 503);
    expect(translate(cause, 'write', 'call').cause).toBe(cause);
  });
});

describe('records at the edges that DynamoDB refuses', () => {
  beforeEach(async () => {
    for (const sk of ['b', 'c', 'd']) await records.put({ ...item, sk }, 'absent');
  });
  const found = async (range: object) =>
    (await records.query({ pk: 'p', ...range })).items.map(({ sk }) => sk).join('');

  test('empty and turned-round ranges hold nothing, without a call', async () => {
    fake.reset();
    expect(await found({ from: 'd', to: 'b' })).toBe('');
    expect(await found({ to: '' })).toBe('');
    expect(await found({ limit: 0 })).toBe('');
    expect(await found({ to: 'c', startAfter: 'c' })).toBe('');
    expect(await found({ to: 'c', startAfter: 'x' })).toBe('');
    expect(await found({ from: 'c', startAfter: 'c', reverse: true })).toBe('');
    expect(await found({ from: 'c', startAfter: 'a', reverse: true })).toBe('');
    expect(fake.total).toBe(0);
  });

  test('a start before the range begins the range', async () => {
    expect(await found({ from: '' })).toBe('bcd');
    expect(await found({ from: 'c', startAfter: 'a' })).toBe('cd');
    expect(await found({ startAfter: '' })).toBe('bcd');
    expect(await found({ to: 'c', startAfter: 'x', reverse: true })).toBe('cb');
    expect(await found({ from: 'c', to: 'd', startAfter: 'c' })).toBe('d');
  });
});

describe('the fake itself', () => {
  test('throws on what it does not know, through the adapter, and remembers it', async () => {
    const strange = openAws({
      ...fake.config(),
      events: { httpHost: 'elsewhere', realtimeHost: 'x' },
      bucket: 'other',
    });
    const error = await failure(strange.blobs.put('raw', Buffer.from('x'), { owners: 1 }));
    expect(error).toBeInstanceOf(NotInFake);
    expect(fake.violations).toEqual([error]);
  });

  test('counts by operation and takes its time', async () => {
    fake.latencyMs = 20;
    const at = performance.now();
    await records.get('p', 's');
    expect(performance.now() - at).toBeGreaterThanOrEqual(19);
    expect([...fake.calls]).toEqual([['dynamodb.GetItem', 1]]);
  });
});
