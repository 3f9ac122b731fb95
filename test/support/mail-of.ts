/** What somebody finds in his inbox, read by ImapFlow. */
import { ImapFlow } from 'imapflow';
import { vi } from 'vitest';

export interface Inbox {
  readonly user: string;
  readonly pass: string;
  readonly port: number;
}

export async function withInbox<T>({ user, pass, port }: Inbox, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const auth = { user, pass };
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  try {
    await client.mailboxOpen('INBOX');
    return await work(client);
  } finally {
    await client.logout();
  }
}

/** The newest message with that in its subject, once it is there. */
export function lastMail(inbox: Inbox, subject: string): Promise<string> {
  return withInbox(inbox, (client) =>
    vi.waitFor(
      async () => {
        await client.noop();
        const found = (await client.search({ subject })) || [];
        if (found.length === 0) throw new Error(`no "${subject}" yet`);
        const message = await client.fetchOne(String(found.at(-1)), { source: true });
        return (message as { source: Buffer }).source.toString();
      },
      { timeout: 10_000, interval: 50 },
    ),
  );
}
