/** Sending through SES: which API, and what its refusals mean (mail/ports/ses.ts). */
import { beforeEach, describe, expect, test } from 'vitest';
import { openSes } from '../../adapters/aws/ses.ts';
import { SES_LIMIT, type Ses, SesError } from '../../mail/ports/index.ts';
import { AwsFake, type Fault } from '../support/aws-fake.ts';

const HEAD = 'From: alice@example.org\r\nTo: bob@example.net\r\nSubject: ü\r\n\r\n';

/** A message of exactly so many bytes. */
function message(size: number): Buffer {
  const bytes = Buffer.alloc(size, 'x');
  bytes.write(HEAD);
  return bytes;
}

let fake: AwsFake;
let ses: Ses;
beforeEach(() => {
  fake = new AwsFake();
  ses = openSes(fake.config());
});

async function refusal(from = 'alice@example.org', to = ['bob@example.net'], bytes = message(100)): Promise<SesError> {
  const error = await ses.send(from, to, bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SesError);
  return error as SesError;
}

describe('by size', () => {
  const cases: [number, string][] = [
    [500, 'v1'],
    [10_000_000, 'v1'],
    [10_000_001, 'v2'],
    [SES_LIMIT, 'v2'],
  ];
  for (const [size, api] of cases) {
    test(`${size} bytes go by ${api}, as they are`, async () => {
      const bytes = message(size);
      const { id } = await ses.send('alice@example.org', ['bob@example.net', 'carol+x@example.net'], bytes);
      expect(fake.total).toBe(1);
      const [sent] = fake.ses.sent;
      expect(sent).toMatchObject({
        api,
        id,
        from: 'alice@example.org',
        to: ['bob@example.net', 'carol+x@example.net'],
      });
      expect(sent?.bytes.equals(bytes)).toBe(true);
    });
  }

  test('over the limit is refused for good, without a call', async () => {
    const error = await refusal('alice@example.org', ['bob@example.net'], message(SES_LIMIT + 1));
    expect(error).toMatchObject({ permanent: true, code: '5.3.4', uncertain: false });
    expect(error.text).toContain('40000000');
    expect(fake.total).toBe(0);
  });
});

test('the null sender is no Source at all', async () => {
  await ses.send('', ['bob@example.net'], message(100));
  await ses.send('', ['bob@example.net'], message(11_000_000));
  expect(fake.ses.sent.map(({ from }) => from)).toEqual(['', '']);
});

test('51 recipients, or none, are refused without a call', async () => {
  const many = Array.from({ length: 51 }, (_, n) => `user${n}@example.net`);
  expect(await refusal('a@example.org', many)).toMatchObject({ permanent: true, code: '5.5.3' });
  expect(await refusal('a@example.org', [])).toMatchObject({ permanent: true, code: '5.5.3' });
  expect(fake.total).toBe(0);
});

describe('a refusal of SES', () => {
  const cases: [string, string, boolean, string][] = [
    ['MessageRejected', 'Message contains a virus', true, '5.6.0'],
    ['MessageRejected', 'Email address is not verified. The following identities failed', true, '5.7.1'],
    ['MailFromDomainNotVerifiedException', 'x', true, '5.7.1'],
    ['BadRequestException', 'Missing final @domain', true, '5.6.0'],
    ['InvalidParameterValue', 'Missing final @domain', true, '5.6.0'],
    ['AccountSuspendedException', 'x', true, '5.7.1'],
    ['Throttling', 'Maximum sending rate exceeded.', false, '4.4.5'],
    ['TooManyRequestsException', 'x', false, '4.4.5'],
    ['LimitExceededException', 'x', false, '4.4.5'],
    ['SendingPausedException', 'x', false, '4.3.2'],
    ['AccountSendingPausedException', 'x', false, '4.3.2'],
    ['NotFoundException', 'no such configuration set', false, '4.3.5'],
    ['AccessDenied', 'not authorized to perform ses:SendRawEmail', false, '4.3.5'],
    ['ExpiredToken', 'x', false, '4.3.5'],
  ];
  for (const size of [100, 11_000_000]) {
    for (const [code, text, permanent, status] of cases) {
      test(`${code} (${text}) of ${size} bytes is ${status}`, async () => {
        fake.ses.refuse = () => ({ status: 400, code, message: text });
        const error = await refusal('alice@example.org', ['bob@example.net'], message(size));
        expect(error).toMatchObject({ permanent, code: status, uncertain: false });
        expect(error.text).toContain(text);
        expect(error.text).not.toContain('\n');
      });
    }
  }
});

describe('a call that goes wrong', () => {
  const cases: [Fault, string, boolean, number][] = [
    ['throttle', '4.4.5', false, 0],
    ['refused', '4.4.1', false, 0],
    ['lost', '4.4.2', true, 0],
    ['timeout-after', '4.4.2', true, 1],
    ['reset-after', '4.4.2', true, 1],
    ['error', '4.3.0', true, 0],
    ['error-after', '4.3.0', true, 1],
  ];
  for (const [operation, size] of [
    ['ses.SendRawEmail', 100],
    ['ses.SendEmail', 11_000_000],
  ] as const) {
    for (const [fault, code, uncertain, sent] of cases) {
      test(`${operation} ${fault}: temporary ${code}, never repeated by itself`, async () => {
        fake.failNext(operation, fault);
        const error = await refusal('alice@example.org', ['bob@example.net'], message(size));
        expect(error).toMatchObject({ permanent: false, code, uncertain });
        expect(fake.calls.get(operation)).toBe(1);
        expect(fake.ses.sent).toHaveLength(sent);
      });
    }
  }
});
