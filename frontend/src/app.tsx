import { LocationProvider, lazy, Route, Router } from 'preact-iso';
import { account } from './api/session.ts';
import { t } from './i18n/index.ts';
import { SignIn } from './screens/door/sign-in.tsx';
import { Toasts } from './ui/toast.tsx';

const Mail = lazy(() => import('./screens/mail/mail.tsx'));

/** Every screen, by its path. Who is not signed in comes to the door, and from there to where he wanted. */
export function App() {
  if (account.value === undefined) return <p class="centre muted">{t('app.loading')}</p>;
  return (
    <LocationProvider>
      {account.value === null ? (
        <SignIn />
      ) : (
        <Router>
          <Route path="/mail/:mailbox/:thread?" component={Mail} />
          <Route default component={Mail} />
        </Router>
      )}
      <Toasts />
    </LocationProvider>
  );
}
