import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../mail/message/decode.ts';
import { inputFrom, nest } from '../fuzz/structure.ts';

const MESSAGE = Buffer.from(
  `Subject: x
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1

caf\xe9
--c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>caf=C3=A9 <img src=3D"cid:1@x">
--c--
--b
Content-Type: IMAGE/PNG
Content-ID: <1@x>
Content-Disposition: attachment; filename*=utf-8''%C3%A9.png
Content-Transfer-Encoding: base64

aGVsbG8=
--b--
`.replaceAll('\n', '\r\n'),
  'latin1',
);

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('decodeMessage', () => {
  it('gives texts and attachments decoded', async () => {
    const decoded = await decodeMessage(MESSAGE);
    expect(decoded.text.trim()).toBe('café');
    expect(decoded.html).toContain('<p>café <img src="cid:1@x">');
    expect(decoded.complete).toBe(true);
    expect(decoded.attachments).toEqual([
      {
        filename: 'é.png',
        type: 'image/png',
        disposition: 'attachment',
        contentId: '1@x',
        content: Buffer.from('hello'),
      },
    ]);
  });

  it('reads a stream in any pieces', async () => {
    const whole = await decodeMessage(MESSAGE);
    expect(await decodeMessage(pieces(MESSAGE, 7))).toEqual(whole);
  });

  it('stops at its limits and says so', async () => {
    const cut = await decodeMessage(MESSAGE, { textLength: 3, attachmentBytes: 2 });
    expect([cut.text, cut.complete]).toEqual(['caf', false]);
    expect(Buffer.from(cut.attachments[0]!.content).toString()).toBe('he');
    expect((await decodeMessage(MESSAGE, { attachments: 0 })).attachments).toEqual([]);
    const short = await decodeMessage(pieces(MESSAGE, 50), { messageBytes: 150 });
    expect([short.attachments, short.complete]).toEqual([[], false]);
  });

  it('takes odd input without throwing', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const decoded = await decodeMessage(inputFrom(seed));
      expect(typeof decoded.text).toBe('string');
    }
    expect((await decodeMessage(Buffer.from(nest(5_000)))).complete).toBe(false);
    expect((await decodeMessage(Buffer.alloc(0))).text).toBe('');
  });

  it('throws what the source throws', async () => {
    const failing = (async function* () {
      yield Buffer.from('Subject: x\r\n');
      throw new Error('the disk is gone');
    })();
    await expect(decodeMessage(failing)).rejects.toThrow('the disk is gone');
  });
});
