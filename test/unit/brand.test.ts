import { expect, it } from 'vitest';
import { contrast, textOn } from '../../mail/directory/brand.ts';
import { acceptValue } from '../../mail/directory/settings.ts';

const accepts = (key: string, value: unknown) => acceptValue(key, 'domain', value);
const image = (type: string, bytes: Buffer | string) =>
  `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
const svg = (inside: string) =>
  image('svg+xml', `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${inside}</svg>`);

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(33);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(head);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

it('knows contrast as WCAG counts it, and finds a colour of text that can be read on any other', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(textOn('#2f5bd0')).toBe('#ffffff');
  expect(textOn('#ffd400')).toBe('#000000');
  for (let colour = 0; colour < 0x1000000; colour += 0x1357) {
    const text = `#${colour.toString(16).padStart(6, '0')}`;
    expect(contrast(textOn(text), text), text).toBeGreaterThanOrEqual(4.5);
  }
});

it('takes a small PNG or a quiet SVG for a logo, and nothing else (IM-16)', () => {
  const circle = svg('<title>A</title><circle cx="4" cy="4" r="4" fill="#f00"/><use href="#a"/>');
  expect(accepts('brand.logo', circle)).toBe(circle);
  expect(accepts('brand.logo', image('png', png(1_024, 64)))).toContain('image/png');
  expect(accepts('brand.logo', 'none')).toBe(null);
  for (const bad of [
    svg('<script>alert(1)</script>'),
    svg('<svg:script xmlns:svg="http://www.w3.org/2000/svg">alert(1)</svg:script>'),
    svg('<g onload="alert(1)"/>'),
    svg('<g/onclick=alert(1) />'),
    svg('<foreignObject><p/></foreignObject>'),
    svg('<image href="https://evil.example/x.png"/>'),
    svg('<use xlink:href="https://evil.example/x.svg#a"/>'),
    svg('<style>@import "https://evil.example/x.css"</style>'),
    svg('<rect fill="url(https://evil.example/x)"/>'),
    svg('<a href="javascript:alert(1)"/>'),
    image('svg+xml', '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>'),
    image('svg+xml', '<html/>'),
    svg(`<path d="${'M0 0'.repeat(5_000)}"/>`),
    image('png', png(1_025, 64)),
    image('png', png(0, 64)),
    image('png', 'GIF89a'),
    image('gif', 'GIF89a'),
    'https://evil.example/logo.png',
    'data:text/html;base64,PHA+',
  ]) {
    expect(() => accepts('brand.logo', bad), Buffer.from(bad.split(',')[1] ?? '', 'base64').toString()).toThrow(
      'does not fit brand.logo',
    );
  }
});

it('takes colours, lines, announcements and links only in their forms', () => {
  expect(accepts('brand.accent', '#AA00ff')).toBe('#aa00ff');
  expect(accepts('brand.announcement', 'Closed on Monday')).toEqual({ text: 'Closed on Monday' });
  const whole = { text: 'Closed', link: { url: 'https://example.test/' }, until: '2027-01-31T18:00:00+01:00' };
  expect(accepts('brand.announcement', whole)).toEqual(whole);
  expect(accepts('web.others', [{ name: 'Other', url: 'https://example.test/' }])).toHaveLength(1);
  for (const [key, value] of [
    ['brand.accent', 'red'],
    ['brand.accent', '#fff;}body{display:none'],
    ['brand.name', 'a\nb'],
    ['brand.name', ' '],
    ['brand.footer', 'x'.repeat(301)],
    ['brand.announcement', { ...whole, link: { url: 'javascript:alert(1)' } }],
    ['brand.announcement', { ...whole, until: 'tomorrow' }],
    ['brand.announcement', { ...whole, html: '<b>' }],
    ['web.others', [{ name: 'Other', url: 'javascript:alert(1)' }]],
    ['web.others', []],
  ] as const) {
    expect(() => accepts(key, value), JSON.stringify(value)).toThrow(`does not fit ${key}`);
  }
});
