import { expect, test } from 'vitest';
import { areKeys, encryptWith } from '../../mail/jmap/push/encryption.ts';

// RFC 8291 appendix A.
const KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};

test('a push is encrypted as RFC 8291 shows it', () => {
  const secrets = {
    privateKey: Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'),
    salt: Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url'),
  };
  expect(encryptWith('When I grow up, I want to be a watermelon', KEYS, secrets).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('what are no keys is known', () => {
  expect(areKeys(KEYS)).toBe(true);
  const point = Buffer.from(KEYS.p256dh, 'base64url');
  const wrong = {
    short: { ...KEYS, p256dh: point.subarray(0, 64).toString('base64url') },
    'not on the curve': { ...KEYS, p256dh: Buffer.from([...point.subarray(0, 64), 0]).toString('base64url') },
    'not base64url': { ...KEYS, p256dh: KEYS.p256dh.replace('_', '/') },
    'a short secret': { ...KEYS, auth: 'BTBZMqHH6r4Tts7J' },
    empty: { p256dh: '', auth: '' },
  };
  for (const [name, keys] of Object.entries(wrong)) expect([name, areKeys(keys)]).toEqual([name, false]);
});
