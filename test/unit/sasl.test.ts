import { describe, expect, it } from 'vitest';
import { scramKeys } from '../../mail/directory/passwords.ts';
import type { AccountInfo } from '../../mail/directory/types.ts';
import type { TlsState } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { beginSasl, mechanisms } from '../../mail/sasl/mechanisms.ts';
import { Malformed, type SaslContext, type SaslExchange, WrongIdentity } from '../../mail/sasl/types.ts';
import { ScramClient } from '../support/scram.ts';
import { noBearer, signedIn } from '../support/signed-in.ts';

const ALICE: AccountInfo = {
  id: 'a1',
  address: 'alice@example.test',
  tenant: 'default',
  enabled: true,
  imap: true,
  pop3: true,
};
const TLS: TlsState = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  exporter: (label, length) => Buffer.alloc(length, label),
};
const BINDING = Buffer.alloc(32, 'EXPORTER-Channel-Binding');

/** Everybody has the same password. `finished` gathers what the proofs were. */
function context(tls?: TlsState, options: { password?: string; salt?: string; nonce?: string } = {}) {
  const finished: boolean[] = [];
  const names: string[] = [];
  const { password = 'secret', salt = 'c2FsdHNhbHRzYWx0c2Fs', nonce = 'ours' } = options;
  const context: SaslContext = {
    service: 'imap',
    address: '192.0.2.1',
    tls,
    directory: {
      authenticate: async (name, given) => {
        if (given === password && name === ALICE.address) return signedIn(ALICE);
        throw new Refused('authenticationfailed', 'Wrong.');
      },
      bearer: noBearer,
      scram: async (name) => {
        names.push(name);
        return {
          ...(await scramKeys(password, Buffer.from(salt, 'base64'), 4096)),
          nonce,
          finish: async (right) => {
            finished.push(right);
            if (right) return signedIn(ALICE);
            throw new Refused('authenticationfailed', 'Wrong.');
          },
        };
      },
    },
  };
  return { context, finished, names };
}

async function say(exchange: SaslExchange, text: string): Promise<string | AccountInfo> {
  const step = await exchange.next(Buffer.from(text));
  return 'signedIn' in step ? step.signedIn.account : Buffer.from(step.challenge).toString();
}

describe('SCRAM-SHA-256', () => {
  it('speaks as the example of RFC 7677 does', async () => {
    const { context: example, names } = context(undefined, {
      password: 'pencil',
      salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
      nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    });
    const exchange = beginSasl('scram-sha-256', example)!;
    expect(await exchange.next(undefined)).toEqual({ challenge: '' });
    expect(await say(exchange, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    expect(
      await say(
        exchange,
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      ),
    ).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(await say(exchange, '')).toEqual(ALICE);
    expect(names).toEqual(['user']);
  });

  it('takes names with commas, and acts for nobody else', async () => {
    const { context: here, names } = context();
    await say(beginSasl('SCRAM-SHA-256', here)!, 'n,,n=a=2Cb=3D=2C,r=x');
    expect(names).toEqual(['a,b=,']);
    const exchange = beginSasl('SCRAM-SHA-256', here)!;
    const client = new ScramClient({ header: 'n,a=bob@example.test,' });
    const challenge = await say(exchange, atob(client.first()));
    await expect(say(exchange, atob(client.final(btoa(challenge as string))))).rejects.toBeInstanceOf(WrongIdentity);
  });

  it.each([
    ['', 'first'],
    ['n,,n=alice', 'first'],
    ['n,,m=ext,n=alice,r=x', 'first'],
    ['n,,n=al=20ice,r=x', '=2C'],
    ['p=tls-exporter,,n=alice,r=x', 'SCRAM-SHA-256-PLUS'],
    ['n,,n=\u0000,r=x', 'first'],
  ])('does not understand %j', async (text, why) => {
    const { context: here, finished } = context();
    const error = await say(beginSasl('SCRAM-SHA-256', here)!, text).catch((e) => e);
    expect(error).toBeInstanceOf(Malformed);
    expect(error.message).toContain(why);
    expect(finished).toEqual([]);
  });

  it.each([
    ['another nonce', (text: string) => text.replace(/r=[^,]+/, 'r=mine'), Malformed],
    ['no proof', (text: string) => text.replace(/,p=.*/, ''), Malformed],
    ['a short proof', (text: string) => text.replace(/p=.*/, 'p=AAAA'), Malformed],
    ['another proof', (text: string) => text.replace(/p=./, (p) => (p === 'p=A' ? 'p=B' : 'p=A')), Refused],
    ['another header', (text: string) => text.replace('c=biws', 'c=eSws'), Refused],
  ])('refuses %s', async (_, change, kind) => {
    const exchange = beginSasl('SCRAM-SHA-256', context().context)!;
    const client = new ScramClient();
    const challenge = (await say(exchange, atob(client.first()))) as string;
    await expect(say(exchange, atob(client.final(btoa(challenge), change)))).rejects.toBeInstanceOf(kind);
  });
});

describe('SCRAM-SHA-256-PLUS', () => {
  it('is offered where the connection has something to bind to', () => {
    const tls12 = { ...TLS, protocol: 'TLSv1.2' };
    expect(mechanisms({ service: 'imap', tls: TLS })).toEqual([
      'SCRAM-SHA-256-PLUS',
      'SCRAM-SHA-256',
      'PLAIN',
      'OAUTHBEARER',
      'XOAUTH2',
    ]);
    expect(mechanisms({ service: 'smtp', tls: tls12 })).toEqual([
      'SCRAM-SHA-256',
      'PLAIN',
      'LOGIN',
      'OAUTHBEARER',
      'XOAUTH2',
    ]);
    expect(beginSasl('SCRAM-SHA-256-PLUS', context(tls12).context)).toBeUndefined();
    expect(beginSasl('LOGIN', context(TLS).context)).toBeUndefined();
  });

  it('takes the binding of this connection, and no other', async () => {
    for (const [binding, right] of [
      [BINDING, true],
      [Buffer.alloc(32, 'another connection'), false],
      [new Uint8Array(), false],
    ] as const) {
      const { context: here, finished } = context(TLS);
      const exchange = beginSasl('SCRAM-SHA-256-PLUS', here)!;
      const client = new ScramClient({ header: 'p=tls-exporter,,', binding });
      const challenge = (await say(exchange, atob(client.first()))) as string;
      const end = await say(exchange, atob(client.final(btoa(challenge)))).catch((error) => error);
      expect(finished).toEqual([right]);
      if (right) expect(client.trusts(btoa(end))).toBe(true);
      else expect(end).toMatchObject({ code: 'authenticationfailed' });
    }
  });

  it.each(['n,,', 'y,,', 'p=tls-unique,,'])('refuses the header %s', async (header) => {
    const exchange = beginSasl('SCRAM-SHA-256-PLUS', context(TLS).context)!;
    await expect(say(exchange, `${header}n=alice,r=x`)).rejects.toThrow('tls-exporter');
  });

  it('is missed by a client that was told it is not there (RFC 5802 section 6)', async () => {
    await expect(say(beginSasl('SCRAM-SHA-256', context(TLS).context)!, 'y,,n=alice,r=x')).rejects.toThrow(
      'does support',
    );
    expect(await say(beginSasl('SCRAM-SHA-256', context().context)!, 'y,,n=alice,r=x')).toMatch(/^r=xours,/);
  });
});
