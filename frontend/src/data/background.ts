import { effect } from '@preact/signals';
import { account } from '../api/account.ts';
import { forgetPush } from '../api/push-record.ts';
import { trusted } from '../api/trusted.ts';
import { updated, wantedPath, worker } from './background-state.ts';
import { byRole } from './mailboxes.ts';
import { noticesOf } from './notices.ts';
import { preferences } from './preferences.ts';
import { arrived } from './sync.ts';
import type { Email } from './types.ts';
import { renewPush, words } from './web-push.ts';

/** What goes on beside the pages: the service worker, notifications of new mail, and the count of unread mail at the tab and the icon. */
export function startBackground(): void {
  void startWorker().then(() => {
    effect(() => {
      if (account.value === undefined) return;
      void (account.value === null ? forgetPush() : renewPush()).catch(() => undefined);
    });
  });
  effect(() => {
    const { notifyAbout, notifyPreview } = preferences.value;
    const fresh = arrived.value;
    if (fresh !== told && notifyAbout !== 'none' && account.peek()) void tell(fresh, notifyPreview);
    told = fresh;
  });
  startBadge();
}

let told: readonly Email[] = [];

async function startWorker(): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) {
    worker.value = isSecureContext ? 'refused' : 'insecure';
    return;
  }
  // Without one the pages just need a line.
  const registration = await workers.register(trusted.createScriptURL('/sw.js')).catch((error: Error) => {
    worker.value = /certificate/i.test(error.message) ? 'certificate' : 'refused';
  });
  if (registration) worker.value = 'on';
  registration?.addEventListener('updatefound', () => {
    const coming = registration.installing!;
    coming.addEventListener('statechange', () => {
      if (coming.state === 'installed' && workers.controller !== null) updated.value = true;
    });
  });
  const HOUR_MS = 3_600_000;
  setInterval(() => void registration?.update().catch(() => undefined), HOUR_MS);
}

/** Says on the desktop what has come, unless somebody looks at it here. */
async function tell(fresh: readonly Email[], says: boolean): Promise<void> {
  const { Notification } = globalThis as { Notification?: typeof globalThis.Notification };
  if (Notification?.permission !== 'granted' || (document.visibilityState === 'visible' && document.hasFocus())) return;
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const { title, options } of noticesOf(fresh, { inbox: byRole('inbox')?.id, says, words: words() })) {
    if (registration?.active) await registration.showNotification(title, options).catch(() => undefined);
    else {
      new Notification(title, options).onclick = () => {
        focus();
        wantedPath.value = options.data.path;
      };
    }
  }
}

const TITLE_COUNT = /^\(\d+\+?\) /;
const MOST = 99;

/** Unread conversations of the inbox: before the title, on the tab's icon, and on the installed app's. */
function startBadge(): void {
  const title = document.querySelector('title')!;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')!;
  const plain = icon.href;
  let count = 0;
  const entitle = () => {
    const bare = document.title.replace(TITLE_COUNT, '');
    const wanted = count === 0 ? bare : `(${count > MOST ? `${MOST}+` : count}) ${bare}`;
    if (document.title !== wanted) document.title = wanted;
  };
  // Each screen says its own title.
  new MutationObserver(entitle).observe(title, { childList: true, characterData: true, subtree: true });
  effect(() => {
    count = account.value ? (byRole('inbox')?.unreadThreads ?? 0) : 0;
    entitle();
    void draw(plain, count > 0).then((href) => {
      icon.href = href;
    });
    const { setAppBadge, clearAppBadge } = navigator as Partial<Navigator>;
    void (count > 0 ? setAppBadge?.call(navigator, count) : clearAppBadge?.call(navigator))?.catch(() => undefined);
  });
}

let badge: Promise<string> | undefined;

/** The icon, with a dot where something is unread. */
function draw(plain: string, isUnread: boolean): Promise<string> {
  if (!isUnread) return Promise.resolve(plain);
  badge ??= (async () => {
    const image = new Image();
    image.src = plain;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const on = canvas.getContext('2d')!;
    on.drawImage(image, 0, 0, 64, 64);
    on.fillStyle = '#d93025';
    on.beginPath();
    on.arc(48, 16, 16, 0, 2 * Math.PI);
    on.fill();
    return canvas.toDataURL('image/png');
  })().catch(() => plain);
  return badge;
}
