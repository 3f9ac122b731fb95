import { Refused } from '../refused.ts';
import type { ThrottleState } from './throttle.ts';

/** A sign-in that is refused: `why` is for the log, the message for the client, which learns no more than it must. */
export class LoginRefused extends Refused {
  readonly why: string;

  constructor(code: 'authenticationfailed' | 'throttled' | 'noperm', message: string, why: string) {
    super(code, message);
    this.why = why;
  }

  static wrong(why: string): LoginRefused {
    return new LoginRefused('authenticationfailed', 'The name or the password is wrong.', why);
  }

  static later(whose: ThrottleState['blocked']): LoginRefused {
    const message = 'Too many wrong passwords. Wait a little and try again.';
    return new LoginRefused('throttled', message, `too many failures of the ${whose}`);
  }
}
