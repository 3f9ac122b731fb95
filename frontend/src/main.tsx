import { render } from 'preact';
import { resume } from './api/session.ts';
import { App } from './app.tsx';
import { startBrand } from './data/brand.ts';
import { startLooks } from './data/preferences.ts';
import { startSync } from './data/sync.ts';
import { startLocale } from './i18n/index.ts';
import './styles/index.css';

startLooks();
void startLocale();
startBrand();
// Where the server is not reached, the page shows what it kept and goes on asking.
resume().catch(() => undefined);
startSync();
render(<App />, document.getElementById('app')!);
// Nobody waits for these.
addEventListener('load', () => void import('./data/background.ts').then(({ startBackground }) => startBackground()));
