/**
 * Messages over SMTP as fast as they are taken: a process of its own, so that it competes with both servers alike.
 * `node test/bench/smtp-load.ts '{"port": 2525, ...}'` prints one line of JSON.
 */
import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  readonly domain: string;
  /** Recipients are user1 to user<users>, in turn. */
  readonly users: number;
  readonly messages: number;
  readonly connections: number;
  /** Bytes of a message. */
  readonly size: number;
}

export interface Loaded {
  /** When the first connection was begun, in ms since the epoch. */
  readonly begun: number;
  /** When the last message was acknowledged. */
  readonly acknowledged: number;
  readonly median: number;
  readonly p99: number;
}

const LINE = 'Every message has a body, and this is one line of the one that is sent here.\r\n';

/** Sends the load; ends when every message is acknowledged, throws on the first refusal. */
export async function sendLoad(load: Load): Promise<Loaded> {
  const times: number[] = [];
  let next = 0;
  const begun = Date.now();
  const filling = LINE.repeat(Math.max(1, Math.ceil((load.size - 180) / LINE.length)));

  function connection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(load.port, '127.0.0.1');
      socket.setNoDelay(true);
      socket.setEncoding('latin1');
      let pending = '';
      let sentAt = 0;
      let current = 0;
      const to = () => `user${(current % load.users) + 1}@${load.domain}`;
      const message = () =>
        `From: <load@example.net>\r\nTo: <${to()}>\r\nSubject: load ${current}\r\n` +
        'Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n' +
        `Message-ID: <${process.pid}.${current}@load.example.net>\r\n\r\n${filling}.\r\n`;
      const steps: readonly (() => string)[] = [
        () => 'MAIL FROM:<load@example.net>\r\n',
        () => `RCPT TO:<${to()}>\r\n`,
        () => 'DATA\r\n',
        message,
      ];
      // -2: the greeting is awaited; -1: EHLO's answer; then the answer to steps[step].
      let step = -2;
      const advance = () => {
        if (step === steps.length - 1) {
          times.push(performance.now() - sentAt);
          step = -1;
        }
        step++;
        if (step === -1) return socket.write('EHLO load.example.net\r\n');
        if (step === 0) {
          if (next >= load.messages) {
            socket.end('QUIT\r\n');
            return resolve();
          }
          current = next++;
          sentAt = performance.now();
        }
        socket.write(steps[step]!());
      };
      socket.on('data', (text: string) => {
        pending += text;
        for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
          const line = pending.slice(0, end);
          pending = pending.slice(end + 1);
          if (line[3] === '-') continue;
          if (line[0] !== '2' && line[0] !== '3') return reject(new Error(`refused: ${line}`));
          advance();
        }
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the connection ended')));
    });
  }

  await Promise.all(Array.from({ length: load.connections }, connection));
  const acknowledged = Date.now();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!;
  return { begun, acknowledged, median: at(0.5), p99: at(0.99) };
}

if (import.meta.main) console.log(JSON.stringify(await sendLoad(JSON.parse(process.argv[2]!) as Load)));
