/**
 * The peer of the webmail: Debian's Roundcube under Debian's Apache with the compression and caching that its package suggests, run on
 * loopback from a directory of its own, reading the same mailbox by IMAP.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGES = ['roundcube-core', 'roundcube-sqlite3', 'libapache2-mod-php', 'apache2-bin', 'php-sqlite3'];
const PUBLIC = '/var/lib/roundcube/public_html';
const MODULES = '/usr/lib/apache2/modules';
const POLICY = '/usr/sbin/policy-rc.d';
const PATIENCE_MS = 10_000;

export interface Roundcube {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Undefined, with the reason printed, where it cannot be installed or does not begin. */
export async function startRoundcube(port: number, imapPort: number): Promise<Roundcube | undefined> {
  try {
    await install();
    return await start(port, imapPort);
  } catch (error) {
    console.log(`Roundcube is not there to compare with: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

/** Without the packages' own services, and without a mail server, which Roundcube recommends. */
async function install(): Promise<void> {
  if (existsSync(PUBLIC) && existsSync(`${MODULES}/mod_deflate.so`)) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ownPolicy = existsSync(POLICY);
  if (!ownPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], {
      env,
      maxBuffer: 64 << 20,
    });
  } finally {
    if (!ownPolicy) await rm(POLICY);
  }
}

async function start(port: number, imapPort: number): Promise<Roundcube> {
  const home = await mkdtemp(join(tmpdir(), 'postern-roundcube-'));
  await chmod(home, 0o777);
  for (const folder of ['config', 'temp', 'logs']) {
    await mkdir(join(home, folder));
    await chmod(join(home, folder), 0o777);
  }
  for (const name of ['defaults.inc.php', 'mimetypes.php'])
    await cp(`/etc/roundcube/${name}`, join(home, 'config', name));
  await writeFile(join(home, 'config', 'config.inc.php'), settings(home, imapPort), { mode: 0o644 });
  const php = (await readdir(MODULES)).find((name) => /^libphp.*\.so$/.test(name))!;
  const version = /[\d.]+\d/.exec(php)![0];
  await writeFile(join(home, 'apache.conf'), server(home, port, `${MODULES}/${php}`));
  // Extensions are switched on for the command line; for Apache the packages do so only where the whole of apache2 is installed.
  const env = { ...process.env, PHP_INI_SCAN_DIR: `/etc/php/${version}/cli/conf.d` };
  // Of its own group, as it ends with all of that.
  const args = ['-d', home, '-f', join(home, 'apache.conf'), '-D', 'FOREGROUND'];
  const child = spawn('apache2', args, { stdio: 'ignore', env, detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  const url = `http://localhost:${port}/`;
  for (const from = Date.now(); ; await wait(100)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok && (await answer.text()).includes('rcmloginuser')) break;
    if (Date.now() - from < PATIENCE_MS) continue;
    const log = await readFile(join(home, 'logs', 'error.log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`its page did not come: ${answer?.status} ${log.split('\n').at(-2)}`);
  }
  const { stdout } = await run('dpkg-query', ['-W', '-f', '$' + '{Version}', 'roundcube-core']);
  return { url, version: stdout, stop };
}

function settings(home: string, imapPort: number): string {
  return `<?php
$config = [
  'db_dsnw' => 'sqlite:///${home}/roundcube.db?mode=0666',
  'imap_host' => 'localhost:${imapPort}',
  'des_key' => 'rcmail-!24ByteDESkey*Str',
  'temp_dir' => '${home}/temp',
  'log_dir' => '${home}/logs',
  'skin' => 'elastic',
  'plugins' => [],
  'enable_spellcheck' => false,
  'ip_check' => false,
];
`;
}

function server(home: string, port: number, php: string): string {
  const modules = [
    ...[
      'mpm_prefork',
      'authz_core',
      'authz_host',
      'access_compat',
      'dir',
      'mime',
      'env',
      'deflate',
      'filter',
      'expires',
    ],
  ];
  return [
    ...modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `LoadModule php_module ${php}`,
    `Listen 127.0.0.1:${port}`,
    'ServerName localhost',
    'User www-data',
    'Group www-data',
    `PidFile ${home}/apache.pid`,
    `ErrorLog ${home}/logs/error.log`,
    'TypesConfig /etc/mime.types',
    'StartServers 4',
    `SetEnv ROUNDCUBE_CONFIG_DIR ${home}/config`,
    `DocumentRoot ${PUBLIC}`,
    'DirectoryIndex index.php',
    '<FilesMatch "\\.php$">',
    '  SetHandler application/x-httpd-php',
    '</FilesMatch>',
    '<Directory />',
    '  Options +FollowSymLinks',
    '  AllowOverride None',
    '  Require all granted',
    '</Directory>',
    // As the .htaccess of the package has them.
    'SetOutputFilter DEFLATE',
    'ExpiresActive On',
    'ExpiresDefault "access plus 1 month"',
    '',
  ].join('\n');
}
