import type { AuthRoute } from '../access.ts';
import { appPasswords } from './app-passwords.ts';
import { brand } from './brand.ts';
import { links } from './links.ts';
import { me } from './me.ts';
import { oidc } from './oidc.ts';
import { pages } from './pages.ts';
import { passkeys } from './passkeys.ts';
import { password } from './password.ts';
import { recovery } from './recovery.ts';
import { secondFactor } from './second-factor.ts';
import { session } from './session.ts';
import { sessions } from './sessions.ts';
import { signUp } from './sign-up.ts';

/** Every operation, in the order in which the description lists them. */
export const ROUTES: readonly AuthRoute[] = [
  ...session,
  ...me,
  ...sessions,
  ...password,
  ...appPasswords,
  ...secondFactor,
  ...passkeys,
  ...recovery,
  ...links,
  ...oidc,
  ...signUp,
  ...brand,
  ...pages,
];
