/** Thunderbird on a screen of its own, with one account set up as a person would have it after the first dialogue. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Marionette } from './marionette.ts';

export interface ThunderbirdAccount {
  readonly address: string;
  readonly password: string;
  /** The port of IMAP with TLS, on localhost. */
  readonly imaps: number;
  /** A PEM file: the server's certificate, for which the person confirmed the exception. */
  readonly certificate: string;
}

export interface Thunderbird {
  /** Runs the body of an async function in the main window; see `Marionette.run`. It may use `until(what, condition)` too. */
  run(body: string, given?: Readonly<Record<string, unknown>>): Promise<unknown>;
  screenshot(): Promise<Buffer>;
  /** Ends it and its screen, and removes the profile. */
  remove(): Promise<void>;
}

const PATIENCE_MS = 60_000;

export async function startThunderbird(account: ThunderbirdAccount): Promise<Thunderbird> {
  const home = await mkdtemp(join(tmpdir(), 'postern-thunderbird-'));
  const profile = join(home, 'profile');
  await mkdir(profile);
  await writeFile(join(profile, 'user.js'), settings(account));
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [display] = await once(screen.stdio[3] as Readable, 'data');
  const args = ['--profile', profile, '--no-remote', '--marionette', '--remote-allow-system-access'];
  const child = spawn('thunderbird', args, {
    env: { ...process.env, HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', DISPLAY: `:${String(display).trim()}` },
    stdio: 'ignore',
    detached: true, // a group of its own, so that its helper processes end with it
  });
  let close = () => {};
  const remove = async () => {
    close();
    const ended = [screen, child].map((process) => process.exitCode ?? process.signalCode ?? once(process, 'exit'));
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL');
    screen.kill('SIGKILL');
    await Promise.all(ended);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const marionette = await Marionette.open(await portIn(profile));
    close = () => marionette.close();
    const run: Thunderbird['run'] = (body, given) => marionette.run(`${UNTIL}\n${body}`, given);
    const pem = await readFile(account.certificate, 'utf8');
    await run(TRUST_AND_SIGN_IN, { ...account, der: pem.replace(/-----.*-----|\s/g, '') });
    return { run, remove, screenshot: () => marionette.screenshot() };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function portIn(profile: string): Promise<number> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
    const text = await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Thunderbird did not start');
}

const UNTIL = `
  const until = async (what, condition) => {
    for (const from = Date.now(); Date.now() < from + 30_000; ) {
      const found = await condition();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('waited in vain: ' + what);
  };
`;

/** What the dialogues for an unknown certificate and for the password do with a person's answers. */
const TRUST_AND_SIGN_IN = `
  const der = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).constructX509FromBase64(given.der);
  Cc['@mozilla.org/security/certoverride;1']
    .getService(Ci.nsICertOverrideService)
    .rememberValidityOverride('localhost', given.imaps, {}, der, false);
  await Services.logins.initializationPromise;
  const login = Cc['@mozilla.org/login-manager/loginInfo;1'].createInstance(Ci.nsILoginInfo);
  login.init('imap://localhost', null, 'imap://localhost', given.address, given.password, '', '');
  await Services.logins.addLoginAsync(login);
`;

function settings({ address, imaps }: ThunderbirdAccount): string {
  const server = 'mail.server.server1';
  const identity = 'mail.identity.id1';
  const all: Readonly<Record<string, string | number | boolean>> = {
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    [`${server}.type`]: 'imap',
    [`${server}.hostname`]: 'localhost',
    [`${server}.port`]: imaps,
    [`${server}.socketType`]: 3, // TLS from the first byte
    [`${server}.authMethod`]: 3, // normal password
    [`${server}.userName`]: address,
    [`${server}.name`]: address,
    [`${identity}.useremail`]: address,
    [`${identity}.fullName`]: 'Alice',
    [`${identity}.valid`]: true,
    'marionette.port': 0, // a free one, which it writes into its profile
    // No question, greeting or call home comes between.
    'app.donation.eoy.version.viewed': 999,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
    'extensions.update.enabled': false,
    'mail.inappnotifications.enabled': false,
    'mail.provider.suppress_dialog_on_startup': true,
    'mail.rights.version': 1,
    'mail.shell.checkDefaultClient': false,
    'mail.spotlight.firstRunDone': true,
    'mailnews.start_page.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'toolkit.telemetry.reportingpolicy.firstRun': false,
  };
  return Object.entries(all)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}
