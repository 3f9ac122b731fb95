import { isLoopback } from '../../adapters/net/address.ts';
import type { Protocol } from '../../adapters/net/listener.ts';
import type { AccountInfo } from '../../mail/directory/types.ts';
import { createImapServer } from '../../mail/imap/server.ts';
import { MAX_MESSAGE } from '../../mail/limits.ts';
import { createPop3Server } from '../../mail/pop3/server.ts';
import type { Clock, Log, Random } from '../../mail/ports/index.ts';
import { createSmtpServer, type SmtpLimits } from '../../mail/smtp/server.ts';
import type { Mail, Ports } from '../../mail/stages.ts';

interface Options {
  readonly hostname: string;
  readonly bind: string;
  /** The URL of JMAP's session, where this deployment has it. */
  readonly jmap?: string;
}

/** The engines that take mail in. */
export function smtpProtocols(
  mail: Mail,
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  { hostname, bind, limits }: Options & { readonly limits: () => SmtpLimits },
): { readonly mx: Protocol; readonly submission: Protocol } {
  const shared = { hostname, directory: mail.directory, accept: mail.accept, usage: mail.usage, limits, ...ports };
  const checkFrom = ({ address }: AccountInfo) => mail.directory.setting('submission.checkFrom', { account: address });
  return {
    mx: createSmtpServer({ ...shared, profile: 'mx' }),
    submission: createSmtpServer({ ...shared, profile: 'submission', checkFrom, loopbackOnly: isLoopback(bind) }),
  };
}

/** The engines that let people read it. */
export function accessProtocols(
  mail: Mail,
  ports: Pick<Ports, 'blobs' | 'clock' | 'log'>,
  { hostname, bind, jmap, limits }: Options & { readonly limits?: () => SmtpLimits },
): { readonly imap: Protocol; readonly pop3: Protocol } {
  const clear = isLoopback(bind) ? {} : { clearLogin: () => false };
  const shared = { directory: mail.directory, accounts: mail.accounts, hostname, startTls: true, ...clear, ...ports };
  return {
    imap: createImapServer({
      ...shared,
      index: mail.index,
      ...(jmap === undefined ? {} : { jmap }),
      limits: mail.directory.accounts,
      // Read anew each time: it is the setting of the moment.
      get maxMessage() {
        return limits?.().size ?? MAX_MESSAGE;
      },
      sharing: mail.directory.sharing,
    }),
    pop3: createPop3Server(shared),
  };
}
