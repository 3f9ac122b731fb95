/** Reads in a trace of system calls whether a message's blob, its directory and its job were synced before the `250`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startSystem } from '../support/system.ts';

const TRACED = 'openat,rename,renameat,renameat2,fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg';
const SIZES = { 'a message of 5 KB': 5 * 1024, 'a message of 1 MB': 1024 * 1024 };

/** One system call; `begin` and `end` are lines of the trace. */
interface Call {
  readonly name: string;
  readonly text: string;
  readonly begin: number;
  end: number;
  result: string;
}

export interface Synced {
  readonly what: string;
  readonly steps: readonly { readonly step: string; readonly from: number; readonly to: number; readonly on: string }[];
  /** What was not done before the answer. */
  readonly missing: readonly string[];
}

/** Sends one message of each size to a server under strace. Installs strace where it is missing. */
export async function syncedBeforeAnswer(home: string, base: number, domain: string): Promise<readonly Synced[]> {
  if (!existsSync('/usr/bin/strace')) await promisify(execFile)('apt-get', ['install', '-y', '-qq', 'strace']);
  const file = join(home, 'strace.out');
  const system = await startSystem({
    home,
    base,
    patience: 60_000,
    // -yy names the file of each descriptor, -s shows enough of a page to find a job in it.
    under: ['strace', '-f', '-yy', '-s', '9000', '-e', `trace=${TRACED}`, '-e', 'signal=none', '-o', file],
  });
  const answers: { what: string; token: string; id: string }[] = [];
  try {
    for (const [what, size] of Object.entries(SIZES)) {
      const token = `probe-${size}-${process.pid}`;
      answers.push({ what, token, id: await send(system.port('smtp'), domain, token, size) });
    }
  } finally {
    // strace passes the signal to nobody: it is the server that must end.
    await promisify(execFile)('pkill', ['-TERM', '-P', String(system.child.pid)]).catch(() => {});
    await system.ended;
  }
  const calls = parse(await readFile(file, 'latin1'));
  return answers.map(({ what, token, id }) => ({ what, ...judge(calls, token, id) }));
}

/** Sends one message; gives the id in the answer. */
function send(port: number, domain: string, token: string, size: number): Promise<string> {
  const lines = 'Every message has a body, and this is one line of it.\r\n'.repeat(size / 55);
  const steps = [
    'EHLO load.example.net\r\n',
    'MAIL FROM:<load@example.net>\r\n',
    `RCPT TO:<user1@${domain}>\r\n`,
    'DATA\r\n',
    `Subject: ${token}\r\n\r\n${lines}.\r\n`,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    let text = '';
    socket.on('data', (more: string) => {
      text += more;
      if (!/^\d{3} .*\r\n$/m.test(text.slice(text.lastIndexOf('\n', text.length - 2) + 1))) return;
      const answer = text;
      text = '';
      const step = steps.shift();
      if (step !== undefined) return void socket.write(step);
      socket.destroy();
      const id = /^250 .*\b([a-z2-7]{8,})\b/.exec(answer)?.[1];
      if (id === undefined) reject(new Error(`no id in ${answer}`));
      else resolve(id);
    });
    socket.on('error', reject);
  });
}

/** The calls of all threads, in the order in which they began. */
function parse(trace: string): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  for (const [at, line] of trace.split('\n').entries()) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (resumed) {
      const call = open.get(thread);
      open.delete(thread);
      if (call === undefined) continue;
      call.end = at;
      call.result = resumed[1]!;
      continue;
    }
    const name = /^(\w+)\(/.exec(rest)?.[1];
    if (name === undefined) continue;
    const call: Call = { name, text: rest, begin: at, end: at, result: rest };
    if (rest.endsWith('<unfinished ...>')) {
      call.end = Number.POSITIVE_INFINITY;
      open.set(thread, call);
    }
    calls.push(call);
  }
  return calls;
}

/** The file of a call's descriptor. */
const pathOf = ({ text }: Call) => /^\w+\(\d+<([^>]*)>/.exec(text)?.[1] ?? '';
const isWrite = ({ name }: Call) => /^p?write(v|64)?$/.test(name);
const isSync = ({ name }: Call) => name === 'fsync' || name === 'fdatasync';
const succeeded = ({ result }: Call) => /= \d+(<.*>)?$/.test(result);

function judge(calls: readonly Call[], token: string, id: string): Omit<Synced, 'what'> {
  const steps: { step: string; from: number; to: number; on: string }[] = [];
  const missing: string[] = [];
  const answer = calls.find((call) => /^(write|writev|sendto|sendmsg)\(\d+<TCP/.test(call.text) && says(call, id));
  const before = answer?.begin ?? -1;
  /** Notes the first of the calls that fits, after `after` has ended and itself over before the answer. */
  const step = (what: string, after: Call | undefined, fits: (call: Call) => boolean): Call | undefined => {
    const from = after?.end ?? Number.POSITIVE_INFINITY;
    const call = calls.find((one) => one.begin > from && one.end < before && succeeded(one) && fits(one));
    if (call === undefined) missing.push(what);
    else steps.push({ step: what, from: call.begin, to: call.end, on: pathOf(call) || call.text.slice(0, 120) });
    return call;
  };
  const start: Call = { name: '', text: '', begin: -1, end: -1, result: '' };
  const written = step('bytes written', start, (call) => isWrite(call) && inBlobs(call) && call.text.includes(token));
  const file = written === undefined ? '' : pathOf(written);
  const last = calls.filter((call) => isWrite(call) && pathOf(call) === file && call.end < before).at(-1);
  const synced = step(
    'bytes synced',
    file.endsWith('.pack') ? written : last,
    (call) => isSync(call) && pathOf(call) === file,
  );
  if (file.endsWith('.pack')) {
    const made = step(
      'pack made',
      start,
      ({ text }) => text.startsWith('openat') && text.includes(`"${file}"`) && text.includes('O_CREAT'),
    );
    step("pack's directory synced", made, (call) => isSync(call) && pathOf(call) === dirname(file));
  } else {
    const renamed = step('file renamed', synced, ({ text }) => text.startsWith('rename') && text.includes(`"${file}"`));
    const target = /, "([^"]*)"[^"]*$/.exec(renamed?.text ?? '')?.[1] ?? '';
    step("file's directory synced", renamed, (call) => isSync(call) && pathOf(call) === dirname(target));
  }
  const job = step(
    'job written',
    start,
    (call) => isWrite(call) && pathOf(call).endsWith('-wal') && call.text.includes(id),
  );
  step('job synced', job, (call) => isSync(call) && pathOf(call).endsWith('-wal'));
  if (answer === undefined) missing.push('the answer itself');
  else steps.push({ step: '250 sent', from: answer.begin, to: answer.end, on: 'socket' });
  return { steps, missing };
}

const says = ({ text }: Call, id: string) => text.includes('"250 ') && text.includes(id);
const inBlobs = (call: Call) => pathOf(call).includes('/blobs/');
