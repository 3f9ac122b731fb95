import { expect, it } from 'vitest';
import { strength } from '../../mail/auth/strength.ts';

it('tells weak passwords from strong ones', () => {
  expect(strength('1234567')).toBe('short');
  expect(strength('😀😀😀😀')).toBe('short');
  for (const weak of ['password1', 'aaaaaaaaaaaa', '12345678', 'abcdefgh', 'Qwerty12', 'alice@example.test']) {
    expect(strength(weak, ['alice', 'example.test']), weak).toBe('weak');
  }
  for (const fair of ['pfau3tisch']) expect(strength(fair), fair).toBe('fair');
  for (const strong of ['correct horse battery', 'xK9!mw2#Qz7', 'ein Pfau im Garten']) {
    expect(strength(strong), strong).toBe('strong');
  }
  // What others know of its owner counts for little.
  expect(strength('carolcarolx', ['carol'])).toBe('weak');
});
