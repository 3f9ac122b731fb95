import { expect, it } from 'vitest';
import { Downgrader, downgrade, downgradeHeader, indexMessage, summarize } from '../../mail/message/index.ts';

const ascii = (header: string) => Buffer.from(downgradeHeader(Buffer.from(header, 'utf8'))).toString('utf8');
const word = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

it.each([
  ['Subject: plain\r\n\r\n', 'Subject: plain\r\n\r\n'],
  ['SUBJECT: grün\n\n', `SUBJECT: ${word('grün')}\r\n\n`],
  [`Subject: ${word('ä')} ö\r\n`, `Subject: ${word('ä ö')}\r\n`],
  ['X-Note: grün\r\nX-Other: x\r\n', 'X-Other: x\r\n'],
  ['no field grün\r\nA: b\r\n', 'A: b\r\n'],
  [
    'To: Grüne: a@x.test, b@y.test;, c@z.test\r\n',
    `To: ${word('Grüne')}: <a@x.test>,\r\n <b@y.test>;,\r\n <c@z.test>\r\n`,
  ],
  ['To: "J. \\"ö\\"" <"a b"@x.test>\r\n', `To: ${word('J. "ö"')} <"a b"@x.test>\r\n`],
  ['Cc: ö@x.test\r\n', `Cc: ${word('ö@x.test')} <invalid@internationalized-address.invalid>\r\n`],
  ['Return-Path: <ö@x.test>\r\n', 'Return-Path: <invalid@internationalized-address.invalid>\r\n'],
  [
    'Content-Type: text/plain; charset=utf-8; name=ö\r\n',
    'Content-Type: text/plain;\r\n charset="utf-8";\r\n name*=UTF-8\'\'%C3%B6\r\n',
  ],
  ['Content-Type: text/ö\r\n', ''],
  ['Subject:\r\n ü\r\n\r\n', `Subject: ${word('ü')}\r\n\r\n`],
])('makes ASCII of %j', (header, expected) => {
  expect(ascii(header)).toBe(expected);
});

it('cuts no character in two, and keeps encoded words short', () => {
  const text = '€'.repeat(100);
  const lines = ascii(`Subject: ${text}\r\n`).trimEnd().split('\r\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(76 + 'Subject:'.length);
  const words = lines.map((line) => /=\?UTF-8\?B\?(.*)\?=$/.exec(line)![1]!);
  expect(words.map((each) => Buffer.from(each, 'base64').toString('utf8')).join('')).toBe(text);
});

it('gives the same however the message comes, and the same bytes back where there is nothing to do', () => {
  const part = '--b\r\nContent-Description: grün\r\n\r\nSchön\r\n';
  const message = Buffer.from(`Subject: ü\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part}${part}--b--\r\n`);
  const { parts } = summarize(indexMessage(message));
  const whole = Buffer.from(downgrade(message, parts));
  expect(whole.toString()).toBe(
    message
      .toString()
      .replace('ü\r\n', `${word('ü')}\r\n`)
      .replaceAll('grün', word('grün')),
  );
  for (const size of [1, 2, 7, 64]) {
    const downgrader = new Downgrader(parts);
    const pieces: Buffer[] = [];
    for (let at = 0; at < message.length; at += size) pieces.push(downgrader.push(message.subarray(at, at + size)));
    expect(Buffer.concat(pieces).toString()).toBe(whole.toString());
  }
  const plain = Buffer.from('Subject: u\r\n\r\nSchön\r\n');
  expect(downgrade(plain, summarize(indexMessage(plain)).parts)).toBe(plain);
});
