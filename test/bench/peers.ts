/**
 * The peer: Postfix takes mail over SMTP, hands it over LMTP to Dovecot, which keeps it in maildirs and serves IMAP and POP3. Both are
 * Debian's, run on loopback from a directory of their own, and touch no configuration of the machine.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapClient } from './imap.ts';

const run = promisify(execFile);

/** Runs a program that leaves a daemon behind: that would hold a pipe open for ever. */
function daemon(command: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

const PACKAGES = ['postfix', 'dovecot-imapd', 'dovecot-lmtpd', 'dovecot-pop3d'];
const NEEDED = ['/usr/sbin/postfix', '/usr/sbin/dovecot', '/usr/lib/dovecot/lmtp', '/usr/lib/dovecot/pop3'];
const POLICY = '/usr/sbin/policy-rc.d';
const USER = 'postern-peer';

export interface PeerOptions {
  /** How Dovecot keeps mail. @default maildir, which most have */
  readonly format?: 'maildir' | 'sdbox';
  /** Whether Postfix is needed. @default true */
  readonly smtp?: boolean;
  /** Whether Dovecot keeps a full-text index (fts-xapian, with parts of words). @default false */
  readonly search?: boolean;
}

export interface Peer {
  readonly smtpPort: number;
  readonly imapPort: number;
  readonly pop3Port: number;
  readonly password: string;
  readonly domain: string;
  readonly version: string;
  /** Stops Dovecot and starts it again on what it has kept. `synced`: every write on disk before its answer, flags too. @default false */
  restart(synced?: boolean): Promise<void>;
  /** Has a user's inbox indexed, and waits until it is. */
  index(user: string): Promise<void>;
  stop(): Promise<void>;
}

/** Installs what is missing, without starting the packages' own services. Throws where that cannot be done. */
async function install(search: boolean): Promise<void> {
  const needed = search ? [...NEEDED, '/usr/lib/dovecot/modules/lib21_fts_xapian_plugin.so'] : NEEDED;
  if (needed.every((file) => existsSync(file))) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ownPolicy = existsSync(POLICY);
  if (!ownPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run('sh', ['-c', 'echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections']);
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', ...PACKAGES, ...(search ? ['dovecot-fts-xapian'] : [])], {
      env,
      maxBuffer: 64 << 20,
    });
  } finally {
    if (!ownPolicy) await rm(POLICY);
  }
}

/**
 * Starts the peer with mailboxes user1 to user<users>, on `base` + 25 (SMTP), + 143 (IMAP), + 110 (POP3) and + 24 (LMTP). Undefined,
 * with the reason printed, where it cannot be installed.
 */
export async function startPeer(
  base: number,
  users: number,
  { format = 'maildir', smtp = true, search = false }: PeerOptions = {},
): Promise<Peer | undefined> {
  try {
    await install(search);
  } catch (error) {
    console.log(`The peer cannot be installed (${PACKAGES.join(', ')}): ${String(error).split('\n')[0]}`);
    return undefined;
  }
  const dir = await mkdtemp(join(tmpdir(), 'postern-peer-'));
  await chmod(dir, 0o755);
  await run('id', [USER]).catch(() =>
    run('useradd', ['-r', '-M', '-d', '/nonexistent', '-s', '/usr/sbin/nologin', USER]),
  );
  const uid = Number((await run('id', ['-u', USER])).stdout);
  const gid = Number((await run('id', ['-g', USER])).stdout);
  const peer = { base, dir, users, uid, gid, format, search, domain: 'peer.test', password: 'pass' };
  const stop = async () => {
    await run('postfix', ['-c', join(dir, 'postfix'), 'stop']).catch(() => {});
    await run('doveadm', ['-c', join(dir, 'dovecot.conf'), 'stop']).catch(() => {});
    await rm(dir, { recursive: true, force: true });
  };
  const ready = () => patiently(async () => (await ImapClient.login(base + 143, 'user1', peer.password)).close());
  const restart = async (synced = false) => {
    await run('doveadm', ['-c', join(dir, 'dovecot.conf'), 'stop']);
    await writeFile(join(dir, 'fsync.conf'), synced ? 'mail_fsync = always\n' : '');
    await daemon('dovecot', '-c', join(dir, 'dovecot.conf'));
    await ready();
  };
  try {
    await startDovecot(peer);
    if (smtp) await startPostfix(peer);
    await ready();
    const dovecot = `Dovecot ${(await run('dovecot', ['--version'])).stdout.split(' ')[0]!.trim()}`;
    const postfix = smtp
      ? `Postfix ${(await run('postconf', ['-c', join(dir, 'postfix'), '-h', 'mail_version'])).stdout.trim()} and `
      : '';
    return {
      smtpPort: base + 25,
      imapPort: base + 143,
      pop3Port: base + 110,
      password: peer.password,
      domain: peer.domain,
      version: postfix + dovecot,
      restart,
      index: async (user) => {
        await run('doveadm', ['-c', join(dir, 'dovecot.conf'), 'index', '-u', user, 'INBOX'], { maxBuffer: 64 << 20 });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Place {
  readonly base: number;
  readonly dir: string;
  readonly users: number;
  readonly uid: number;
  readonly gid: number;
  readonly format: 'maildir' | 'sdbox';
  readonly search: boolean;
  readonly domain: string;
  readonly password: string;
}

/** An index of parts of words from three letters on, since IMAP looks for any part; made by `doveadm index`. */
const SEARCH = `mail_plugins = fts fts_xapian
plugin {
  fts = xapian
  fts_xapian = partial=3 full=20
  fts_autoindex = no
  fts_enforced = yes
}`;

async function startDovecot({ base, dir, users, uid, gid, format, search, password }: Place): Promise<void> {
  const mail = join(dir, 'mail');
  await mkdir(mail);
  await chown(mail, uid, gid);
  const accounts = Array.from(
    { length: users },
    (_, i) => `user${i + 1}:{PLAIN}${password}:${uid}:${gid}::${mail}/user${i + 1}`,
  );
  await writeFile(join(dir, 'users'), `${accounts.join('\n')}\n`);
  const lookup = `{
  driver = passwd-file
  args = username_format=%n ${dir}/users
}`;
  await writeFile(
    join(dir, 'dovecot.conf'),
    `base_dir = ${dir}/run
state_dir = ${dir}/run
log_path = ${dir}/dovecot.log
instance_name = postern-peer-${base}
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Ln
first_valid_uid = 1
mail_location = ${format}:~/mail
mail_max_userip_connections = 1000
!include_try ${dir}/fsync.conf
${search ? SEARCH : ''}
postmaster_address = postmaster@peer.test
hostname = peer.test
passdb ${lookup}
userdb ${lookup}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = ${base + 143}
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${base + 110}
  }
  inet_listener pop3s {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${base + 24}
  }
}
`,
  );
  await daemon('dovecot', '-c', join(dir, 'dovecot.conf'));
}

async function startPostfix({ base, dir, domain }: Place): Promise<void> {
  const etc = join(dir, 'postfix');
  await Promise.all([etc, join(dir, 'spool'), join(dir, 'data')].map((path) => mkdir(path)));
  const owner = Number((await run('id', ['-u', 'postfix'])).stdout);
  await chown(join(dir, 'data'), owner, -1 >>> 0);
  for (const file of ['postfix-files', 'dynamicmaps.cf']) {
    if (existsSync(`/etc/postfix/${file}`)) await copyFile(`/etc/postfix/${file}`, join(etc, file));
  }
  await writeFile(
    join(etc, 'main.cf'),
    `compatibility_level = 3.6
config_directory = ${etc}
queue_directory = ${dir}/spool
data_directory = ${dir}/data
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = ${etc}
maillog_file = ${dir}/postfix.log
maillog_file_prefixes = ${dir}
import_environment = MAIL_CONFIG
myhostname = ${domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = ${domain}
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:${base + 24}
default_transport = error:loopback only
relay_transport = error:loopback only
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
alias_maps =
local_recipient_maps =
`,
  );
  const services = [
    `127.0.0.1:${base + 25} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'qmgr unix n - n 300 1 qmgr',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    'proxywrite unix - - n - 1 proxymap',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'cleanup unix n - n - 0 cleanup',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    ...['flush', 'showq'].map((name) => `${name} unix n - n - - ${name}`),
    ...['error', 'retry'].map((name) => `${name} unix - - n - - error`),
    ...['lmtp', 'smtp', 'proxymap', 'verify', 'scache', 'discard'].map((name) => `${name} unix - - n - - ${name}`),
    'rewrite unix - - n - - trivial-rewrite',
  ];
  await writeFile(join(etc, 'master.cf'), `${services.join('\n')}\n`);
  await daemon('postfix', '-c', etc, 'start');
}

/** Tries until it succeeds, for ten seconds. */
async function patiently(attempt: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
