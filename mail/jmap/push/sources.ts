import type { Account, State } from '../../account/types.ts';
import { BOOK, CARD, contactsLog } from '../../contacts/log.ts';
import { Contacts } from '../../contacts/view.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { Refused } from '../../refused.ts';
import { SharedAccount } from '../../sharing/account.ts';
import type { JmapDeps } from '../method.ts';
import type { Others } from '../shared.ts';

/** A log besides the user's own mail whose changes he is told of: his contacts, and what others share with him. */
export interface Source {
  /** Tells it from the others of the user. */
  readonly key: string;
  /** The account that it is of. */
  readonly account: string;
  readonly types: readonly string[];
  readonly state: State;
  watch(listener: () => void): () => void;
}

const MAIL_TYPES = ['Email', 'Mailbox', 'Thread'];
const CONTACT_TYPES = [BOOK, CARD];

/** All that there is for a user now. */
export async function sourcesOf(
  deps: Pick<JmapDeps, 'accounts' | 'sharing'>,
  others: Pick<Others, 'of'>,
  user: AccountInfo,
): Promise<readonly Source[]> {
  const { accounts } = deps;
  const own = await accounts.open(user.id);
  const sources = [contactsOf(await accounts.open(contactsLog(user.id)), user, user)];
  for (const { owner, parts } of await others.of(user)) {
    for (const part of parts) {
      try {
        if (part === 'contacts') sources.push(contactsOf(await accounts.open(contactsLog(owner.id)), owner, user));
        else sources.push(mailOf(new SharedAccount(await accounts.open(owner.id), owner, user, own)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
  }
  return sources;
}

function mailOf(account: SharedAccount): Source {
  return source(`m${account.id}`, account, MAIL_TYPES);
}

function contactsOf(log: Account, owner: AccountInfo, user: AccountInfo): Source {
  return source(`c${owner.id}`, new Contacts(log, owner, user), CONTACT_TYPES);
}

function source(key: string, account: Account, types: readonly string[]): Source {
  return {
    key,
    account: account.id,
    types,
    get state() {
      return account.state;
    },
    watch: (listener) => account.watch(listener),
  };
}
