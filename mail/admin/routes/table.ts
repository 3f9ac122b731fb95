import type { Route } from '../route.ts';
import { accounts } from './accounts.ts';
import { aliases } from './aliases.ts';
import { domains } from './domains.ts';
import { mailboxes } from './mailboxes.ts';
import { queue } from './queue.ts';
import { send } from './send.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { trace } from './trace.ts';

/** Every operation of the admin API. */
export const ROUTES: readonly Route[] = [
  ...domains,
  ...accounts,
  ...mailboxes,
  ...aliases,
  ...settings,
  ...queue,
  ...trace,
  ...send,
  ...status,
];
