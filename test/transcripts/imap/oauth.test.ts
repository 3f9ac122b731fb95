import { describe, expect, test } from 'vitest';
import { imapWorld } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

/** RFC 7628 section 3.1, in base64. */
const bearer = (token: string, header = 'n,a=alice@example.test,') =>
  btoa(`${header}\x01host=mail.example.test\x01port=143\x01auth=Bearer ${token}\x01\x01`);
const xoauth2 = (token: string, user = 'alice@example.test') => btoa(`user=${user}\x01auth=Bearer ${token}\x01\x01`);

const INVALID = btoa('{"status":"invalid_token","schemes":"bearer"}');
const SCOPE = btoa('{"status":"insufficient_scope","schemes":"bearer","scope":"imap"}');

async function play(text: string) {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(client, `S~ ^\\* OK \n${text}`);
  client.destroy();
  expect(world.errors).toEqual([]);
}

describe('OAUTHBEARER (RFC 7628)', () => {
  test('signs in with an initial response, with one of its own line, and without an identity', async () => {
    await play(`
      C: a AUTHENTICATE OAUTHBEARER ${bearer('pst_alice')}
      S~ ^a OK \\[CAPABILITY .*\\] Logged in
      C: b UNAUTHENTICATE
      S~ ^b OK
      C: c AUTHENTICATE OAUTHBEARER
      S: + 
      C: ${bearer('pst_alice', 'y,a=Alice@Example.test,')}
      S~ ^c OK
      C: d UNAUTHENTICATE
      S~ ^d OK
      C: e AUTHENTICATE oauthbearer ${bearer('pst_alice', 'n,,')}
      S~ ^e OK`);
  });

  test('a token that is not ours, or not for IMAP, is told as section 3.2.2 says, and refused once the client has seen it', async () => {
    await play(`
      C: a AUTHENTICATE OAUTHBEARER ${bearer('pst_nobody')}
      S: + ${INVALID}
      C: ${btoa('\x01')}
      S: a NO [AUTHENTICATIONFAILED] This token is not one of ours.
      C: b AUTHENTICATE OAUTHBEARER ${bearer('pst_alice.smtp')}
      S: + ${SCOPE}
      C: ${btoa('\x01')}
      S~ ^b NO \\[(AUTHORIZATIONFAILED|NOPERM)\\] This token is not for that
      C: c AUTHENTICATE OAUTHBEARER ${bearer('pst_nobody')}
      S: + ${INVALID}
      C: *
      S~ ^c BAD
      C: d AUTHENTICATE OAUTHBEARER ${bearer('pst_nobody')}
      S: + ${INVALID}
      C: ${bearer('pst_alice')}
      S~ ^d BAD
      C: e AUTHENTICATE OAUTHBEARER ${bearer('pst_slow')}
      S~ ^e NO \\[.*\\] Too many wrong
      C: f AUTHENTICATE OAUTHBEARER ${bearer('pst_alice.imap')}
      S~ ^f OK`);
  });

  test('a token is of one account: nobody becomes another with it', async () => {
    await play(`
      C: a AUTHENTICATE OAUTHBEARER ${bearer('pst_alice', 'n,a=bob@example.test,')}
      S: a NO [AUTHORIZATIONFAILED] You can log in as yourself only
      C: b NOOP
      S~ ^b OK`);
  });

  test.each([
    ['n,,\x01\x01', 'no token'],
    ['n,,\x01auth=Bearer pst_alice\x01', 'no end'],
    ['n,,auth=Bearer pst_alice\x01\x01', 'no beginning'],
    ['p=tls-exporter,,\x01auth=Bearer pst_alice\x01\x01', 'channel binding'],
    ['n,,\x01auth=Basic cGFzcw==\x01\x01', 'another scheme'],
    ['n,,\x01auth=Bearer pst alice\x01\x01', 'a token with a space'],
    ['n,,\x01auth=Bearer pst_alice\x01auth=Bearer pst_bob\x01\x01', 'two tokens'],
    ['n,a=a=2Xb,\x01auth=Bearer pst_alice\x01\x01', 'a name that is no saslname'],
    ['', 'nothing'],
    ['\x01', 'the end of an error that nobody told'],
  ])('%j is malformed: %s', async (text) => {
    await play(`
      C: a AUTHENTICATE OAUTHBEARER ${btoa(text) || '='}
      S~ ^a BAD
      C: b AUTHENTICATE OAUTHBEARER ${bearer('pst_alice')}
      S~ ^b OK`);
  });

  test('five wrong tokens end the connection, as passwords do', async () => {
    const wrong = `C: a AUTHENTICATE OAUTHBEARER ${bearer('pst_nobody')}\nS: + ${INVALID}\nC: ${btoa('\x01')}`;
    await play(`${`${wrong}\nS~ ^a NO\n`.repeat(4)}${wrong}\nS~ ^\\* BYE`);
  });

  test('is refused without TLS, and after login', async () => {
    const { connect } = await imapWorld({ clearLogin: () => false });
    const { client } = connect();
    await transcript(
      client,
      `S~ ^\\* OK \nC: a AUTHENTICATE OAUTHBEARER ${bearer('pst_alice')}\nS~ ^a NO \\[PRIVACYREQ`,
    );
    client.destroy();
    await play(`C: a LOGIN alice secret\nS~ ^a OK\nC: b AUTHENTICATE OAUTHBEARER ${bearer('pst_alice')}\nS~ ^b BAD`);
  });
});

describe('XOAUTH2', () => {
  test('signs in; an error is told, and ended with nothing or as the standard does', async () => {
    await play(`
      C: a AUTHENTICATE XOAUTH2 ${xoauth2('pst_nobody')}
      S: + ${INVALID}
      C: 
      S~ ^a NO \\[AUTHENTICATIONFAILED\\]
      C: b AUTHENTICATE XOAUTH2 ${xoauth2('pst_nobody')}
      S: + ${INVALID}
      C: ${btoa('\x01')}
      S~ ^b NO \\[AUTHENTICATIONFAILED\\]
      C: c AUTHENTICATE XOAUTH2 ${xoauth2('pst_alice', 'bob@example.test')}
      S: c NO [AUTHORIZATIONFAILED] You can log in as yourself only
      C: d AUTHENTICATE XOAUTH2 ${btoa('user=alice@example.test\x01\x01')}
      S~ ^d BAD
      C: e AUTHENTICATE XOAUTH2
      S: + 
      C: ${xoauth2('pst_alice', 'ALICE@example.test')}
      S~ ^e OK`);
  });
});

describe('JMAPACCESS (RFC 9698)', () => {
  const jmap = 'https://mail.example.test/.well-known/jmap';

  test('is announced after login, and says where; as the example of section 5', async () => {
    const world = await imapWorld({ jmap });
    const { client } = world.connect();
    await transcript(
      client,
      `
      S~ ^\\* OK \\[CAPABILITY (?!.*JMAPACCESS)
      C: 1a LOGIN alice secret
      S~ ^1a OK \\[CAPABILITY .* OBJECTID JMAPACCESS 
      C: 1b GETJMAPACCESS
      S: * JMAPACCESS "${jmap}"
      S~ ^1b OK
      C: 1c GETJMAPACCESS now
      S~ ^1c BAD
      C: 1d UNAUTHENTICATE
      S~ ^1d OK
      C: 1e GETJMAPACCESS
      S~ ^1e BAD`,
    );
    client.destroy();
  });

  test('is neither announced nor answered where what the client logged in with would not do for JMAP (section 3)', async () => {
    const world = await imapWorld({ jmap });
    const { client } = world.connect();
    await transcript(
      client,
      `
      S~ ^\\* OK
      C: a AUTHENTICATE OAUTHBEARER ${bearer('pst_alice.imap')}
      S~ ^a OK \\[CAPABILITY (?!.*JMAPACCESS)
      C: b GETJMAPACCESS
      S: b BAD JMAP is not there for what you logged in with`,
    );
    client.destroy();
    await play(`C: a LOGIN alice secret\nS~ ^a OK (?!.*JMAPACCESS)\nC: b GETJMAPACCESS\nS~ ^b BAD`);
  });
});
