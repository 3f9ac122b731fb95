import { randomBytes } from 'node:crypto';
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { describe, expect, it } from 'vitest';
import { readCbor } from '../../mail/credentials/cbor.ts';
import { type Answer, checkNew, checkSigned } from '../../mail/credentials/webauthn.ts';
import { Authenticator, cbor } from '../support/authenticator.ts';

const RP = 'mail.example.test';
const ORIGIN = `https://${RP}`;
const challenge = randomBytes(32).toString('base64url');
const expected = { challenge, rpId: RP, isOurs: (origin: string) => origin === ORIGIN };

/** What a library that is not ours says of the same answers. */
const peer = {
  async new(answer: Answer): Promise<boolean> {
    const options = { expectedChallenge: challenge, expectedOrigin: ORIGIN, expectedRPID: RP };
    return verifyRegistrationResponse({
      ...options,
      response: answer as unknown as RegistrationResponseJSON,
      requireUserVerification: false,
      supportedAlgorithmIDs: [-8, -7, -257],
    }).then(
      ({ verified }) => verified,
      () => false,
    );
  },
  async signed(answer: Answer, publicKey: string, counter: number, userVerified: boolean): Promise<boolean> {
    const credential = { id: answer.id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter };
    return verifyAuthenticationResponse({
      response: answer as unknown as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: ORIGIN,
      expectedRPID: RP,
      requireUserVerification: userVerified,
      credential,
    }).then(
      ({ verified }) => verified,
      () => false,
    );
  },
};

function ours(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return false;
  }
}

function made(algorithm: -8 | -7 | -257, verifies = true) {
  const device = new Authenticator({ origin: ORIGIN, algorithm, verifies });
  const user = { id: Buffer.from('aalice').toString('base64url') };
  const created = device.create({ challenge, rp: { id: RP }, user }) as unknown as Answer;
  const kept = checkNew(created, expected);
  return { created, kept, signed: device.get({ challenge, rpId: RP }) as unknown as Answer };
}

/** The same answer with one field made from its bytes. */
function changed(answer: Answer, field: keyof Answer['response'], change: (bytes: Buffer) => Buffer): Answer {
  const bytes = Buffer.from(answer.response[field]!, 'base64url');
  return { ...answer, response: { ...answer.response, [field]: change(bytes).toString('base64url') } };
}

function flipped(at: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1;
    return copy;
  };
}

const data = (change: Record<string, unknown>) => (bytes: Buffer) =>
  Buffer.from(JSON.stringify({ ...JSON.parse(bytes.toString()), ...change }));

describe.each([-8, -7, -257] as const)('what a browser answers, with algorithm %i', (algorithm) => {
  it('is taken, as another library takes it', async () => {
    const { created, kept, signed } = made(algorithm);
    expect(await peer.new(created)).toBe(true);
    const { counter, backedUp } = checkSigned(signed, { ...expected, ...kept, userVerified: true });
    expect({ counter, backedUp }).toEqual({ counter: 2, backedUp: false });
    expect(await peer.signed(signed, kept.publicKey, kept.counter, true)).toBe(true);
  });

  it('is refused with any byte of what is signed, or of the signature, changed, as another library refuses it', async () => {
    const { kept, signed } = made(algorithm);
    const verdicts = async (answer: Answer) => [
      ours(() => checkSigned(answer, { ...expected, ...kept, userVerified: true })),
      await peer.signed(answer, kept.publicKey, kept.counter, true),
    ];
    expect(await verdicts(signed)).toEqual([true, true]);
    for (const field of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
      const { length } = Buffer.from(signed.response[field]!, 'base64url');
      for (let at = 0; at < length; at += field === 'authenticatorData' ? 1 : 7) {
        expect(await verdicts(changed(signed, field, flipped(at))), `${field} ${at}`).toEqual([false, false]);
      }
      expect(await verdicts(changed(signed, field, (bytes) => bytes.subarray(0, -1)))).toEqual([false, false]);
      const { [field]: _, ...without } = signed.response;
      expect((await verdicts({ ...signed, response: without as Answer['response'] }))[0]).toBe(false);
    }
  });
});

describe('an answer', () => {
  it.each([
    ['another challenge', 'clientDataJSON', data({ challenge: 'x' })],
    ['another page', 'clientDataJSON', data({ origin: 'https://evil.test' })],
    ['another kind', 'clientDataJSON', data({ type: 'webauthn.get' })],
    ['no JSON', 'clientDataJSON', () => Buffer.from('x')],
    ['no CBOR', 'attestationObject', () => Buffer.from('x')],
    ['nothing', 'attestationObject', () => Buffer.alloc(0)],
    ['what is cut off', 'attestationObject', (bytes: Buffer) => bytes.subarray(0, 100)],
  ] as const)('for a new passkey is refused with %s', async (_, field, change) => {
    const { created } = made(-7);
    const answer = changed(created, field, change);
    expect([ours(() => checkNew(answer, expected)), await peer.new(answer)]).toEqual([false, false]);
  });

  it('of a page within one of another origin is refused', () => {
    const { created } = made(-7);
    const within = changed(created, 'clientDataJSON', data({ crossOrigin: true }));
    expect(() => checkNew(within, expected)).toThrow('within one of another origin');
  });

  it('of another host, another id, or nobody, is refused', async () => {
    const { created } = made(-7);
    expect(() => checkNew(created, { ...expected, rpId: 'example.test' })).toThrow('another host');
    expect(() => checkNew({ ...created, id: 'AAAA' }, expected)).toThrow('another id');
    // The flags stand behind the hash of the host, whose place is looked for.
    const data = Buffer.from(created.response.attestationObject!, 'base64url');
    const flags = data.indexOf('authData') + 'authData'.length + 2 + 32;
    for (const [value, said] of [
      [0x44, 'nobody was there'],
      [0x05, 'no credential'],
      [0x55, 'backed up, which it cannot be'],
    ] as const) {
      const answer = changed(created, 'attestationObject', (bytes) => {
        const copy = Buffer.from(bytes);
        expect(copy[flags]).toBe(0x45);
        copy[flags] = value;
        return copy;
      });
      expect(() => checkNew(answer, expected), said).toThrow(said);
      expect(await peer.new(answer)).toBe(false);
    }
  });

  it('is refused without verification where that is needed, and with a counter that does not grow', async () => {
    const { kept, signed } = made(-7, false);
    for (const userVerified of [true, false]) {
      expect(ours(() => checkSigned(signed, { ...expected, ...kept, userVerified }))).toBe(!userVerified);
      expect(await peer.signed(signed, kept.publicKey, kept.counter, userVerified)).toBe(!userVerified);
    }
    for (const counter of [2, 3, 1_000]) {
      expect(() => checkSigned(signed, { ...expected, ...kept, counter, userVerified: false })).toThrow('did not grow');
      expect(await peer.signed(signed, kept.publicKey, counter, false)).toBe(false);
    }
  });

  it('has a key of a kind that was asked for', () => {
    const { signed } = made(-7);
    const check = (key: Map<number, number | Buffer>) =>
      ours(() =>
        checkSigned(signed, {
          ...expected,
          publicKey: cbor(key).toString('base64url'),
          counter: 0,
          userVerified: true,
        }),
      );
    const [x, y] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    // No point of the curve; another algorithm; another curve; half a key; a short one.
    expect(
      check(
        new Map<number, number | Buffer>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, x],
          [-3, y],
        ]),
      ),
    ).toBe(false);
    expect(
      check(
        new Map<number, number | Buffer>([
          [1, 2],
          [3, -35],
          [-1, 2],
          [-2, x],
          [-3, y],
        ]),
      ),
    ).toBe(false);
    expect(
      check(
        new Map<number, number | Buffer>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, x],
        ]),
      ),
    ).toBe(false);
    const e = Buffer.from([1, 0, 1]);
    expect(
      check(
        new Map<number, number | Buffer>([
          [1, 3],
          [3, -257],
          [-1, Buffer.alloc(128, 255)],
          [-2, e],
        ]),
      ),
    ).toBe(false);
  });
});

describe('CBOR', () => {
  it('is read as RFC 8949 appendix A has it', () => {
    const read = (hex: string) => readCbor(Buffer.from(hex, 'hex')).value;
    expect([read('00'), read('17'), read('1818'), read('1903e8'), read('1a000f4240')]).toEqual([
      0, 23, 24, 1_000, 1_000_000,
    ]);
    expect([read('20'), read('29'), read('3863'), read('3903e7')]).toEqual([-1, -10, -100, -1_000]);
    expect([read('f4'), read('f5'), read('f6'), read('60'), read('6449455446')]).toEqual([
      false,
      true,
      null,
      '',
      'IETF',
    ]);
    expect(read('4401020304')).toEqual(Buffer.from([1, 2, 3, 4]));
    expect(read('8301820203820405')).toEqual([1, [2, 3], [4, 5]]);
    expect(read('a201020304')).toEqual(
      new Map([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(read('a26161016162820203')).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    );
  });

  it.each([
    '',
    '18',
    '1901',
    '61',
    '42ff',
    '82',
    '8201',
    'a1',
    'a101',
    'a2010101',
    'a10101ff00'.slice(0, 4),
    '1b00000000000000ff',
    '9fff',
    'f97e00',
    'c001',
    'a1f501',
    '81'.repeat(20),
  ])('is refused where it is cut off, too deep, or of no authenticator: %s', (hex) => {
    expect(ours(() => readCbor(Buffer.from(hex, 'hex')))).toBe(false);
  });

  it('ends, whatever the bytes', () => {
    for (let n = 0; n < 20_000; n++) ours(() => readCbor(randomBytes(1 + (n % 60))));
    // A billion elements that are not there.
    expect(ours(() => readCbor(Buffer.from('9a3b9aca00', 'hex')))).toBe(false);
  });
});
