import type { AuthRoute } from '../access.ts';
import { appPasswords } from './app-passwords.ts';
import { me } from './me.ts';
import { password } from './password.ts';
import { secondFactor } from './second-factor.ts';
import { session } from './session.ts';
import { sessions } from './sessions.ts';

/** Every operation, in the order in which the description lists them. */
export const ROUTES: readonly AuthRoute[] = [
  ...session,
  ...me,
  ...sessions,
  ...password,
  ...appPasswords,
  ...secondFactor,
];
