import { describe, expect, it } from 'vitest';
import { type SmtpRig, smtpRig } from '../support/smtp.ts';

const SMUGGLED = 'MAIL FROM:<evil@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nsubject: smuggled\r\n\r\n';

async function begun(): Promise<SmtpRig> {
  const rig = smtpRig();
  await rig.play(`
    S~ ^220
    C: EHLO c
    S* ^250 SMTPUTF8
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<alice@example.test>
    C: DATA
    S~ ^250
    S~ ^250
    S~ ^354
  `);
  return rig;
}

// Ends that some servers take for the end of a message (the advisories of December 2023).
const ENDS = [
  '\n.\n',
  '\r.\r',
  '\r\n.\n',
  '\n.\r\n',
  '\r\n.\r',
  '\r.\r\n',
  '\n.\r',
  '\r\n.\r\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r.\n',
];

describe.each(ENDS)('%j', (end) => {
  const text = `subject: outer\r\n\r\nbody${end}${SMUGGLED}.\r\n`;
  it.each([1, 2, 3, 5, 100_000])('does not end a message, in chunks of %i', async (size) => {
    const rig = await begun();
    rig.client.sendChunked(text, size);
    // With NUL between there is no lone CR or LF: the message is whole, with all of it inside.
    const expected = end.includes('\0') ? /^250 2\.0\.0 Ok: queued/ : /^554 5\.6\.0 Message refused/;
    await rig.client.expect(expected);
    rig.client.send('NOOP\r\nQUIT\r\n');
    expect(await rig.client.rest()).toEqual(['250 2.0.0 Ok', '221 2.0.0 Bye']);
    if (end.includes('\0')) {
      expect(rig.taken).toHaveLength(1);
      expect(rig.taken[0]!.bytes.toString('latin1')).toContain('MAIL FROM:<evil@b.test>');
    } else expect(rig.taken).toEqual([]);
  });
});

it('refuses a large message that holds a lone LF far behind its beginning, and nothing of it is kept', async () => {
  const rig = await begun();
  rig.client.sendChunked(`${'text\r\n'.repeat(100_000)}lone\n.\n${'text\r\n'.repeat(1000)}.\r\nNOOP\r\n`, 40_000);
  await rig.client.expect(/^554 5\.6\.0/);
  await rig.client.expect('250 2.0.0 Ok');
  expect(rig.taken).toEqual([]);
});
