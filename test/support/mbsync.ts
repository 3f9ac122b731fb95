/** mbsync between the program and a Maildir, as it stands in docs/clients.md. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface MbsyncOptions {
  /** A folder that becomes the home of this copy: configuration, and the mailboxes in `mail`. */
  readonly home: string;
  /** The port of IMAP with TLS. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly certificate: string;
  /** Mailboxes, as mbsync's `Patterns`. */
  readonly patterns: string;
}

export interface Mbsync {
  readonly mail: string;
  /** One run; what it printed. Throws where mbsync ends with an error. */
  sync(): Promise<string>;
}

export async function mbsync(options: MbsyncOptions): Promise<Mbsync> {
  const mail = join(options.home, 'mail');
  await mkdir(mail, { recursive: true });
  const file = join(options.home, 'mbsyncrc');
  await writeFile(
    file,
    `IMAPAccount postern
Host localhost
Port ${options.port}
User ${options.user}
Pass ${options.password}
SSLType IMAPS
CertificateFile ${options.certificate}

IMAPStore server
Account postern

MaildirStore local
Path ${mail}/
Inbox ${mail}/INBOX
SubFolders Verbatim

Channel mail
Far :server:
Near :local:
Patterns ${options.patterns}
Create Both
Expunge Both
SyncState *
`,
  );
  const sync = async () => {
    const { stdout, stderr } = await promisify(execFile)('mbsync', ['-V', '-c', file, 'mail'], {
      env: { ...process.env, HOME: options.home },
      timeout: 120_000,
      maxBuffer: 64 << 20,
    });
    return `${stdout}${stderr}`;
  };
  return { mail, sync };
}
