import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { account } from './api/account.ts';
import { asked } from './data/asking.ts';
import { takeWanted } from './data/wanted.ts';
import { t } from './i18n/index.ts';
import { ComposeHost } from './screens/compose/host.tsx';
import { Announcer } from './ui/announce.tsx';
import { Announced } from './ui/brand.tsx';
import { Connection } from './ui/connection.tsx';
import { later } from './ui/later.tsx';
import { MenuHost } from './ui/menu.tsx';
import { Toasts } from './ui/toast.tsx';

const Door = lazy(() => import('./screens/door/door.tsx'));
const Asking = later(() => import('./screens/mail/asking.tsx'));
const Settings = lazy(() => import('./screens/settings/settings.tsx'));
const Contacts = lazy(() => import('./screens/contacts/contacts.tsx'));
const Mail = lazy(() => import('./screens/mail/mail.tsx'));

/** Every screen, by its path. Who is not signed in comes to the door, and from there to where he wanted. */
export function App() {
  if (account.value === undefined) return <p class="centre muted">{t('app.loading')}</p>;
  return (
    <LocationProvider>
      <Connection />
      {account.value === null ? (
        <ErrorBoundary>
          <Door />
        </ErrorBoundary>
      ) : (
        <Inside>
          <Router>
            <Route path="/mail/:mailbox/:thread?" component={Mail} />
            <Route path="/settings/:section?" component={Settings} />
            <Route path="/contacts/:person?/:what?" component={Contacts} />
            <Route default component={Mail} />
          </Router>
        </Inside>
      )}
      {asked.value !== undefined && <Asking />}
      <MenuHost />
      <Announcer />
      <Toasts />
    </LocationProvider>
  );
}

/** Who came by a door goes on to where he wanted. */
function Inside({ children }: { readonly children: ComponentChildren }) {
  const { path, route } = useLocation();
  useLayoutEffect(() => {
    const wanted = takeWanted(path);
    if (wanted !== undefined) route(wanted, true);
  }, []);
  return (
    <div class="inside">
      <Announced />
      {children}
      <ComposeHost />
    </div>
  );
}
