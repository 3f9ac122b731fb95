import { type Command, enc } from '../command.ts';
import { usage } from '../failure.ts';

const ROLES = ['none', 'server', 'tenant', 'domain'];

export const role: readonly Command[] = [
  {
    name: 'account role',
    operands: 'ADDRESS ROLE [DOMAIN...]',
    min: 2,
    max: 1_002,
    help: 'Let an account administer the server, its tenant, or domains of its tenant; or none of them',
    examples: [
      'postern account role alice@example.com tenant',
      'postern account role bob@example.com domain example.com example.org',
      'postern account role alice@example.com none',
    ],
    complete: ['account', { words: ROLES }, 'domain'],
    async run({ client, args: [address, kind, ...domains], print }) {
      if (!ROLES.includes(kind!)) throw usage(`"${kind}" is no role: write ${ROLES.join(', ')}`);
      if ((kind === 'domain') !== domains.length > 0) {
        throw usage(kind === 'domain' ? 'Name the domains too' : `The role "${kind}" takes no domains`);
      }
      const body = { role: kind === 'none' ? null : { kind, ...(kind === 'domain' ? { domains } : {}) } };
      const changed = await client.call('PUT', `/accounts/${enc(address!)}/role`, { body });
      print(changed, () =>
        kind === 'none' ? `${address} administers nothing` : `${address} administers ${whatOf(kind!, domains)}`,
      );
    },
  },
];

function whatOf(kind: string, domains: readonly string[]): string {
  if (kind === 'server') return 'the server';
  return kind === 'tenant' ? 'its tenant' : domains.join(', ');
}
