import type { Command } from '../command.ts';
import { account } from './account.ts';
import { actions } from './actions.ts';
import { alias } from './alias.ts';
import { audit } from './audit.ts';
import { bulk } from './bulk.ts';
import { completion } from './completion.ts';
import { credentials } from './credentials.ts';
import { dns } from './dns.ts';
import { domain } from './domain.ts';
import { exportMail } from './export.ts';
import { group } from './group.ts';
import { importMail } from './import.ts';
import { queue } from './queue.ts';
import { role } from './role.ts';
import { send } from './send.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { tenant } from './tenant.ts';
import { trace } from './trace.ts';

/** Every command of the CLI, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...tenant,
  ...domain,
  ...dns,
  ...account,
  ...credentials,
  ...role,
  ...alias,
  ...group,
  ...bulk,
  ...actions,
  ...settings,
  ...queue,
  ...trace,
  ...audit,
  ...send,
  ...importMail,
  ...exportMail,
  ...status,
  ...completion,
];
