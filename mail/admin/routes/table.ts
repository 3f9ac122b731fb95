import type { Route } from '../route.ts';
import { accounts } from './accounts.ts';
import { actions } from './actions.ts';
import { aliases } from './aliases.ts';
import { audit } from './audit.ts';
import { bulk } from './bulk.ts';
import { credentials } from './credentials.ts';
import { dns } from './dns.ts';
import { domains } from './domains.ts';
import { groups } from './groups.ts';
import { mailboxes } from './mailboxes.ts';
import { queue } from './queue.ts';
import { send } from './send.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { tenants } from './tenants.ts';
import { trace } from './trace.ts';

/** Every operation of the admin API. */
export const ROUTES: readonly Route[] = [
  ...tenants,
  ...domains,
  ...dns,
  ...accounts,
  ...credentials,
  ...mailboxes,
  ...aliases,
  ...groups,
  ...bulk,
  ...actions,
  ...settings,
  ...queue,
  ...trace,
  ...send,
  ...audit,
  ...status,
];
