import { textOn } from '../../directory/brand.ts';
import { randomName } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';
import type { AuthParts } from '../deps.ts';
import { type Look, page, paragraph } from '../pages.ts';
import { LEAST, strength } from '../strength.ts';

interface Page {
  readonly title: string;
  readonly text: string;
  readonly fields: readonly string[];
  readonly button: string;
  /** The operation that takes the token, below the API. */
  readonly to: string;
  /** What is said when it is done; or where to go. */
  readonly done: string;
  readonly next?: string;
}

/** What mailed links lead to. The token is behind the #, which browsers do not send; nothing happens before the button is pressed. */
const PAGES: Readonly<Record<string, Page>> = {
  reset: {
    title: 'Choose a new password',
    text: 'Everybody who is signed in to your account will be signed out.',
    fields: [
      `<label>New password <input type="password" name="password" autocomplete="new-password" minlength="${LEAST}" required aria-describedby="strength"></label>`,
      '<div class="strength"><span aria-hidden="true"></span><small id="strength" aria-live="polite"></small></div>',
      '<label><input type="checkbox" name="appPasswords" value="remove"> Remove my app passwords too</label>',
    ],
    button: 'Set the password',
    to: 'reset/finish',
    done: 'Your password is set. Sign in with it.',
  },
  'recovery-address': {
    title: 'Confirm your recovery address',
    text: 'By this address the password of your account can be reset, should you forget it.',
    fields: [],
    button: 'Confirm',
    to: 'recovery-address/confirm',
    done: 'The address is confirmed.',
  },
  'sign-on': {
    title: 'Sign in',
    text: 'This link signs you in, once.',
    fields: [],
    button: 'Sign in',
    to: 'session/link',
    done: 'You are signed in.',
    next: '/',
  },
};

/** What the doors of the webmail say of a password while it is typed (frontend/src/screens/door/sign-up.tsx). */
const STRENGTH = `
const strength = ${strength};
const kinds = {
  short: 'At least ${LEAST} characters. Several words make a good password.',
  weak: 'Weak: easy to guess. Several words make a good password.',
  fair: 'Fair: a few characters more make it strong.',
  strong: 'Strong.',
};
const field = form.elements.password;
const tell = () => {
  const kind = strength(field.value, location.hostname.split('.'));
  document.querySelector('.strength').dataset.strength = kind;
  document.querySelector('#strength').textContent = kinds[kind];
};
if (field) { field.addEventListener('input', tell); tell(); }
`;

/** Takes the token out of the address, so that it is in no history, and sends it when the button is pressed. */
const SCRIPT = `
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const form = document.querySelector('form');
const said = document.querySelector('[role=status]');
form.addEventListener('submit', (event) => {
  event.preventDefault();
  form.querySelector('button').disabled = true;
  const again = (text) => { said.textContent = text; form.querySelector('button').disabled = false; };
  const asked = new XMLHttpRequest();
  asked.open('POST', '../' + form.dataset.to);
  asked.setRequestHeader('content-type', 'application/json');
  asked.setRequestHeader('x-postern', '1');
  asked.onerror = () => again('The server does not answer. Try again.');
  asked.onload = () => {
    if (asked.status >= 300) return again(JSON.parse(asked.responseText).detail);
    if (form.dataset.next) return location.replace(form.dataset.next);
    said.textContent = form.dataset.done;
    form.remove();
    document.querySelector('nav').hidden = false;
  };
  asked.send(JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) }));
});
${STRENGTH}`;

export const pages: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/pages/{name}',
    summary: 'A page for people, which a mailed link leads to: reset, recovery-address, sign-on',
    access: 'anyone',
    answers: 'text/html',
    async handle({ deps, params, request }) {
      const found = Object.hasOwn(PAGES, params.name!) ? PAGES[params.name!] : undefined;
      if (found === undefined) throw new Refused('nonexistent', 'There is no such page.');
      const { title, text, fields, button, to, done, next = '' } = found;
      const body = [
        paragraph(text),
        `<form data-to="${to}" data-done="${done}" data-next="${next}">`,
        ...fields,
        `<button>${button}</button>`,
        '</form>',
        '<p role="status"></p>',
        '<nav hidden><a href="/">Sign in</a></nav>',
      ];
      const look = await lookOf(deps, request.headers.host ?? '');
      return page(200, title, body, { nonce: randomName(deps.random, 26), text: SCRIPT }, look);
    },
  }),
];

async function lookOf({ doors, directory }: AuthParts, host: string): Promise<Look> {
  const domain = await doors.domainAt(host);
  const at = domain === undefined ? {} : { domain };
  const [name, accent] = await Promise.all([
    directory.setting('brand.name', at),
    directory.setting('brand.accent', at),
  ]);
  return { name: name ?? undefined, ...(accent === null ? {} : { accent, onAccent: textOn(accent) }) };
}
