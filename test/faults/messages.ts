/** Messages of a history. Each attempt to hand one over is a message of its own, so that it is known everywhere it comes to. */

export function compose(
  mid: string,
  options: { readonly from: string; readonly references: readonly string[]; readonly size: number },
): Buffer {
  const { from, references, size } = options;
  const header = [
    `Message-ID: <${mid}@sim.test>`,
    `From: <${from === '' ? 'nobody@remote.test' : from}>`,
    `Subject: ${mid}`,
    'Date: Thu, 01 Jan 2026 00:00:00 +0000',
    ...(references.length === 0 ? [] : [`References: ${references.map((one) => `<${one}@sim.test>`).join(' ')}`]),
  ];
  const line = `${'abcdefghij '.repeat(6)}\r\n`;
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${line.repeat(Math.ceil(size / line.length))}`);
}

/** The attempt that a text belongs to: its own Message-ID, or for a report the one that it is about. */
export function midOf(text: string): string {
  return /^(?:Message-ID|In-Reply-To): <([^>]+)@sim\.test>/im.exec(text)?.[1] ?? '?';
}

export function isReport(text: string): boolean {
  return /^Content-Type: multipart\/report/im.test(text);
}

/** The recipients that a report names. */
export function failuresIn(text: string): string[] {
  return [...text.matchAll(/^Final-Recipient: rfc822; (\S+)/gim)].map((match) => match[1]!);
}
