/** Messages for benches: of 1 to 40 KB, 7 KB in the mean, plain, alternative or with an attachment, always the same by their number. */

const WORDS = (
  'about account after again already answer before behind board bridge budget change clock copper corner customer ' +
  'delay deliver draft early evening every factory figure garden harbour invoice ladder letter market meeting minute ' +
  'morning number office order paper people planet quarter question railway release report river schedule server ' +
  'silver station summer ticket together travel under until village water window winter without yellow'
).split(' ');

/** In the body of every hundredth message, and in no other place. */
export const NEEDLE = 'haystack-needle';

/** Numbers from 0 to 1, always the same after the same seed (xorshift32). */
function chance(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
}

function lines(random: () => number, bytes: number): string[] {
  const made: string[] = [];
  for (let size = 0; size < bytes; size += made.at(-1)!.length + 2) made.push(words(random, 10));
  return made;
}

function html(text: readonly string[]): string[] {
  return ['<html><body>', ...text.map((line) => `<p>${line}</p>`), '</body></html>'];
}

/** Message `n`, with CRLF. */
export function benchMessage(n: number): Buffer {
  const random = chance(n);
  const share = random();
  const day = new Date(Date.UTC(2023, 10, 14) + n * 601_000).toUTCString().replace('GMT', '+0000');
  const subject = words(random, 3 + Math.floor(random() * 6));
  const head = [
    `Return-Path: <sender${n % 997}@example.net>`,
    `Received: from mx${n % 9}.example.net (mx${n % 9}.example.net [192.0.2.${n % 250}])`,
    `\tby mail.example.test with ESMTPS id ${n.toString(16)}; ${day}`,
    `Date: ${day}`,
    `From: "Sender ${n % 997}" <sender${n % 997}@example.net>`,
    `To: ${Array.from({ length: 1 + (n % 4) }, (_, i) => `Person ${i} <p${i}@example.test>`).join(',\r\n\t')}`,
    `Subject: ${n % 7 === 0 ? `=?utf-8?B?${Buffer.from(`Réunion: ${subject.slice(0, 20)}`).toString('base64')}?=` : subject}`,
    `Message-ID: <${n}.bench@example.net>`,
    ...(n % 3 === 0 && n > 0 ? [`In-Reply-To: <${n - 1}.bench@example.net>`] : []),
    ...(n % 5 === 0 ? ['Cc: team@example.test, boss@example.test'] : []),
    'MIME-Version: 1.0',
  ];
  const needle = n % 100 === 0 ? [`here is the ${NEEDLE} that is looked for`] : [];
  if (share < 0.6) {
    const body = [...lines(random, 800 + random() * 5_200), ...needle];
    return joined([...head, 'Content-Type: text/plain; charset=utf-8', '', ...body]);
  }
  const text = [...lines(random, 1_000 + random() * 3_000), ...needle];
  const alternative = [
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...text,
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    ...html(text),
    '--inner--',
  ];
  const kind = 'Content-Type: multipart/alternative; boundary="inner"';
  if (share < 0.9) return joined([...head, kind, '', ...alternative]);
  const file = Buffer.from(Array.from({ length: 5_000 + random() * 25_000 }, () => random() * 256));
  return joined([
    ...head,
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    '--outer',
    kind,
    '',
    ...alternative,
    '--outer',
    'Content-Type: application/pdf',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="file${n}.pdf"`,
    '',
    ...file.toString('base64').match(/.{1,76}/g)!,
    '--outer--',
  ]);
}

function joined(all: readonly string[]): Buffer {
  return Buffer.from(`${all.join('\r\n')}\r\n`);
}
