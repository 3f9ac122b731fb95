import { OidcSignIn, type SignInProvider } from '../credentials/oidc.ts';
import { RecoveryAddresses } from '../credentials/recovery-address.ts';
import { Resets } from '../credentials/resets.ts';
import { formatAddress, normalDomain, parseAddress } from '../directory/address.ts';
import { checkNewPassword } from '../directory/passwords.ts';
import { Rates } from '../directory/rate.ts';
import { DirectoryStore } from '../directory/store.ts';
import { randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { AuthDeps } from './deps.ts';
import { createPost } from './post.ts';

/** Of a host's name, the last: each is a look at the directory. */
const MOST_LABELS = 5;

/** The ways into an account besides its password, as far as they need mail, or somebody else. */
export interface Doors {
  readonly addresses: RecoveryAddresses;
  readonly resets: Resets;
  readonly oidc: OidcSignIn;
  readonly rates: Rates;
  /** The domain of ours that a host's name belongs to: its own, or the nearest above it. */
  domainAt(host: string): Promise<string | undefined>;
  /** Who else signs people in, for a domain or the server. */
  provider(domain: string | undefined): Promise<SignInProvider | undefined>;
}

export function createDoors(deps: AuthDeps): Doors {
  const { directory, records, clock, random, audit } = deps;
  const { credentials, accounts } = directory;
  const store = new DirectoryStore(records, clock);
  const rates = new Rates(store);
  const account = (id: string) => directory.account(id);
  const named = async (login: string) => {
    const found = await directory.sharing.accountNamed(login);
    return found?.enabled ? found : undefined;
  };
  const links = {
    ...deps,
    store,
    counts: rates,
    post: createPost(deps),
    page: async (name: string) => `${await directory.origin()}/auth/v1/pages/${name}`,
    account,
  };
  const addresses = new RecoveryAddresses(links);

  async function provider(domain: string | undefined): Promise<SignInProvider | undefined> {
    return (await directory.setting('oidc.provider', domain === undefined ? {} : { domain })) ?? undefined;
  }

  /** For somebody whom the provider of his domain knows, where that is wanted. */
  async function create(address: string, domain: string, name: string | undefined) {
    if (!(await directory.setting('oidc.createAccounts', { domain })) || !(await isOurs(domain))) return undefined;
    const displayName = name?.replace(/\p{Cc}/gu, ' ').slice(0, 200);
    const deed = { actor: { kind: 'nobody' }, action: 'account.add', target: address, detail: { by: 'oidc' } } as const;
    return audit.around(deed, () =>
      accounts.add(address, randomName(random, 26), displayName === undefined ? {} : { displayName }, 'self'),
    );
  }

  async function isOurs(domain: string): Promise<boolean> {
    try {
      await directory.domains.get(domain);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }

  return {
    addresses,
    rates,
    async domainAt(host) {
      const labels = (normalDomain(host.replace(/:\d+$/, '')) ?? '').split('.').slice(-MOST_LABELS);
      for (; labels.length > 1; labels.shift()) {
        if ((await store.domain(labels.join('.'))) !== undefined) return labels.join('.');
      }
      return undefined;
    },
    provider,
    resets: new Resets({
      ...links,
      addresses,
      named,
      passwords: {
        check: checkNewPassword,
        set: (address, password) => accounts.setPassword(address, password),
      },
      appPasswords: credentials.appPasswords,
    }),
    oidc: new OidcSignIn({
      ...deps,
      store,
      secrets: credentials.secrets,
      provider,
      redirectUri: async () => `${await directory.origin()}/auth/v1/oidc/callback`,
      parse(email) {
        const address = parseAddress(email);
        if (address === undefined || address.domain === '') return undefined;
        return { address: formatAddress(address), domain: address.domain };
      },
      named: (address) => directory.sharing.accountNamed(address),
      account,
      create,
    }),
  };
}
