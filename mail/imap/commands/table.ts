import type { Command } from '../command.ts';
import { deleteAcl, getAcl, listRights, myRights, setAcl } from './acl.ts';
import { append, replacing } from './append.ts';
import { authenticate } from './authenticate.ts';
import { cancelUpdate } from './cancel-update.ts';
import { capability } from './capability.ts';
import { check } from './check.ts';
import { close, unselect } from './close.ts';
import { compress } from './compress.ts';
import { copying, moving } from './copy.ts';
import { create } from './create.ts';
import { deleteMailbox } from './delete.ts';
import { enable } from './enable.ts';
import { esearch } from './esearch.ts';
import { expunge, uidExpunge } from './expunge.ts';
import { fetching } from './fetch.ts';
import { getJmapAccess } from './getjmapaccess.ts';
import { id } from './id.ts';
import { idle } from './idle.ts';
import { list } from './list.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { lsub } from './lsub.ts';
import { getMetadata, setMetadata } from './metadata.ts';
import { namespace } from './namespace.ts';
import { noop } from './noop.ts';
import { notify } from './notify.ts';
import { getQuota, getQuotaRoot, setQuota } from './quota.ts';
import { rename } from './rename.ts';
import { searching } from './search.ts';
import { selecting } from './select.ts';
import { sorting } from './sort.ts';
import { starttls } from './starttls.ts';
import { status } from './status.ts';
import { storing } from './store.ts';
import { subscribing } from './subscribe.ts';
import { threading } from './thread.ts';
import { uidBatches } from './uidbatches.ts';
import { unauthenticate } from './unauthenticate.ts';

/** Every command there is, by name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['CAPABILITY', capability],
  ['NOOP', noop],
  ['LOGOUT', logout],
  ['ID', id],
  ['STARTTLS', starttls],
  ['LOGIN', login],
  ['AUTHENTICATE', authenticate],
  ['UNAUTHENTICATE', unauthenticate],
  ['COMPRESS', compress],
  ['ENABLE', enable],
  ['NAMESPACE', namespace],
  ['NOTIFY', notify],
  ['LIST', list],
  ['LSUB', lsub],
  ['SELECT', selecting(false)],
  ['EXAMINE', selecting(true)],
  ['STATUS', status],
  ['CREATE', create],
  ['DELETE', deleteMailbox],
  ['RENAME', rename],
  ['SUBSCRIBE', subscribing(true)],
  ['UNSUBSCRIBE', subscribing(false)],
  ['SETACL', setAcl],
  ['DELETEACL', deleteAcl],
  ['GETACL', getAcl],
  ['LISTRIGHTS', listRights],
  ['MYRIGHTS', myRights],
  ['GETJMAPACCESS', getJmapAccess],
  ['GETQUOTA', getQuota],
  ['GETQUOTAROOT', getQuotaRoot],
  ['SETQUOTA', setQuota],
  ['GETMETADATA', getMetadata],
  ['SETMETADATA', setMetadata],
  ['APPEND', append],
  ['REPLACE', replacing(false)],
  ['UID REPLACE', replacing(true)],
  ['IDLE', idle],
  ['CHECK', check],
  ['CLOSE', close],
  ['UNSELECT', unselect],
  ['EXPUNGE', expunge],
  ['UID EXPUNGE', uidExpunge],
  ['FETCH', fetching(false)],
  ['UID FETCH', fetching(true)],
  ['UIDBATCHES', uidBatches],
  ['STORE', storing(false)],
  ['UID STORE', storing(true)],
  ['COPY', copying(false)],
  ['UID COPY', copying(true)],
  ['MOVE', moving(false)],
  ['UID MOVE', moving(true)],
  ['SEARCH', searching(false)],
  ['UID SEARCH', searching(true)],
  ['ESEARCH', esearch],
  ['CANCELUPDATE', cancelUpdate],
  ['SORT', sorting(false)],
  ['UID SORT', sorting(true)],
  ['THREAD', threading(false)],
  ['UID THREAD', threading(true)],
]);
