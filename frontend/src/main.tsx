import { effect } from '@preact/signals';
import { render } from 'preact';
import { account } from './api/account.ts';
import { ApiError, resume } from './api/session.ts';
import { App } from './app.tsx';
import { hearWorker } from './data/background-state.ts';
import { startBrand } from './data/brand.ts';
import { mailboxes } from './data/mailboxes.ts';
import { startLooks } from './data/preferences.ts';
import { startSync } from './data/sync.ts';
import { toast } from './data/toasts.ts';
import { startLocale, t } from './i18n/index.ts';
import './styles/index.css';

hearWorker();
// Whose session is over is shown the door, which says so: what was being asked for meanwhile has nobody left to tell.
addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof ApiError && event.reason.status === 401) event.preventDefault();
});
// Browsers remember what did not load until the page is loaded again; drafts are kept meanwhile.
addEventListener('vite:preloadError', () => toast(t('app.partMissing'), () => location.reload(), t('update.now')));
startLooks();
void startLocale();
startBrand();
// Where the server is not reached, the page shows what it kept and goes on asking.
resume().catch(() => undefined);
startSync();
render(<App />, document.getElementById('app')!);
// Nobody waits for these: they come after the folders, or the door.
let isBegun = false;
effect(() => {
  if (isBegun || (account.value !== null && mailboxes.value.size === 0)) return;
  isBegun = true;
  setTimeout(() => void import('./data/background.ts').then(({ startBackground }) => startBackground()), 1_000);
});
