import { connect, isIP, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import {
  type Relay,
  type RelayAttempt,
  RelayError,
  type RelayResult,
  type RelayStage,
} from '../../mail/ports/index.ts';

export interface SmtpClientOptions {
  /** Certificates (PEM) trusted besides the system's, for `required` and `implicit`. */
  readonly ca?: string | readonly string[];
  /** Local address to send from. */
  readonly localAddress?: string;
}

/** Delivers over TCP with nodemailer's SMTP client: one connection, one transaction, then QUIT. */
export function createSmtpClient(options: SmtpClientOptions = {}): Relay {
  return {
    async deliver(attempt) {
      try {
        return await deliverOnce(options, attempt, attempt.tls === 'none');
      } catch (error) {
        const broken = error instanceof RelayError && error.stage === 'tls';
        if (attempt.tls !== 'opportunistic' || !broken || attempt.signal?.aborted) throw error;
        // RFC 7435 section 3: opportunistic security never delivers less than cleartext did.
        return await deliverOnce(options, attempt, true);
      }
    },
  };
}

/**
 * What we need of nodemailer's connection beyond what it shows. It asks for SMTPUTF8 only where an address needs it, but a header
 * can need it too; and the extensions it found are not to be had before the message is sent. The package is pinned to an exact
 * version, and test/unit/smtp-client fails if these change.
 */
interface Internals {
  _supportedExtensions: readonly string[];
  _maxAllowedSize: number;
  _sendCommand(command: string, shown?: string): void;
}

async function deliverOnce(
  options: SmtpClientOptions,
  attempt: RelayAttempt,
  clear: boolean,
): Promise<readonly RelayResult[]> {
  const address = attempt.address ?? attempt.host;
  const socket = await open(options, attempt, address);
  const remote = `${attempt.host}[${(socket.remoteAddress ?? address).replace(/^::ffff:(?=\d+\.)/, '')}]`;
  const session = new SMTPConnection({
    host: attempt.host,
    port: attempt.port,
    connection: socket,
    secure: attempt.tls === 'implicit',
    ignoreTLS: clear,
    requireTLS: attempt.tls === 'required',
    opportunisticTLS: attempt.tls === 'opportunistic',
    name: attempt.heloName,
    tls: tlsOptions(options, attempt),
    // The connection is there: what is left of this is the wait for the greeting and for STARTTLS.
    connectionTimeout: attempt.timeouts.greeting,
    greetingTimeout: attempt.timeouts.greeting,
    socketTimeout: attempt.timeouts.idle,
    maxResponseSize: 65_536,
  });
  const internals = session as unknown as Internals;
  let stage: RelayStage = 'greeting';
  let opened = false;
  let sourceError: unknown;

  return await new Promise<readonly RelayResult[]>((resolve, reject) => {
    const abort = (): void => fail(new Error('The time for this attempt was over'));
    const finish = (): void => {
      attempt.signal?.removeEventListener('abort', abort);
      session.removeListener('error', fail);
      // Nodemailer reports late errors of a closing connection to whoever listens: they change nothing any more.
      session.on('error', () => {});
    };
    function fail(error: Error): void {
      finish();
      session.close();
      reject(toRelayError(error as SmtpFailure));
    }
    function toRelayError(error: SmtpFailure): RelayError {
      const reply = parseReply(error.response);
      if (sourceError !== undefined) {
        return relayError('source', true, '4.3.0', 'The message could not be read', sourceError);
      }
      if (error.code === 'ETLS' || session.upgrading) {
        return relayError('tls', true, reply?.enhanced ?? '4.7.5', `TLS failed: ${oneLine(error.message)}`, error);
      }
      if (reply === undefined) {
        // Once the message was opened the server may have all of it, whatever became of its answer.
        const at = opened ? 'sent' : stage === 'mail' ? 'greeting' : stage;
        return relayError(at, true, '4.4.2', oneLine(error.message), error);
      }
      // 421 ends the session, whatever it answers (RFC 5321 section 3.8): before the message it says nothing about it.
      const at: RelayStage = opened ? 'data' : reply.code === 421 ? 'greeting' : stage;
      return new RelayError({
        temporary: stage === 'auth' || reply.code < 500 || reply.code === 503,
        ...reply,
        stage: at,
        remote,
        cause: error,
      });
    }
    function relayError(
      at: RelayStage,
      temporary: boolean,
      enhanced: string,
      text: string,
      cause?: unknown,
    ): RelayError {
      return new RelayError({ temporary, code: 0, enhanced, text, stage: at, remote, cause });
    }
    function refuse(at: RelayStage, temporary: boolean, enhanced: string, text: string): void {
      finish();
      quit(session);
      reject(relayError(at, temporary, enhanced, text));
    }

    if (attempt.signal?.aborted) return abort();
    attempt.signal?.addEventListener('abort', abort, { once: true });
    session.on('error', fail);
    session.connect((error) => {
      if (error) return fail(error);
      const { envelope } = attempt;
      stage = 'mail';
      if (envelope.smtputf8) {
        if (!internals._supportedExtensions.includes('SMTPUTF8')) {
          // RFC 6531 section 3.2, code from RFC 6531 section 3.5 table 1.
          return refuse('mail', false, '5.6.7', `${attempt.host} does not support SMTPUTF8, which this message needs`);
        }
        askForUtf8(internals);
      }
      const limit = internals._maxAllowedSize;
      if (limit > 0 && envelope.size > limit) {
        return refuse('mail', false, '5.3.4', `The message has ${envelope.size} bytes, ${attempt.host} takes ${limit}`);
      }
      if (attempt.auth === undefined) return send();
      if (!session.secure && attempt.tls !== 'none') {
        return refuse('auth', true, '4.7.0', `${attempt.host} offers no TLS: the password was not sent`);
      }
      stage = 'auth';
      session.login({ user: attempt.auth.user, pass: attempt.auth.password }, (failure) => {
        if (failure) return fail(failure);
        stage = 'mail';
        send();
      });
    });

    function send(): void {
      const { envelope } = attempt;
      const body = Readable.from(read(attempt.message), { objectMode: false, highWaterMark: 65_536 });
      const { ret, envid } = envelope.dsn ?? {};
      const sent = {
        from: envelope.from,
        to: [...envelope.to],
        size: envelope.size,
        // A server without 8BITMIME is sent 8-bit data all the same: rewriting the message would break its signatures, and
        // all that are left without the extension pass the bytes on.
        use8BitMime: envelope.eightBit,
        ...(ret === undefined && envid === undefined ? {} : { dsn: { ret: ret ?? null, envid: envid ?? null } }),
      };
      session.send(sent, body, (error, info) => {
        const refused = new Map<string, string | undefined>();
        for (const one of (sent as SMTPConnection.Envelope & SmtpFailure).rejectedErrors ?? []) {
          if (one.recipient !== undefined) refused.set(one.recipient, one.response);
        }
        const rest = parseReply(error ? (error as SmtpFailure).response : info?.response);
        // Where some recipients were refused and then the message, each has its own answer.
        const single = refused.size > 0 && rest !== undefined && (error as SmtpFailure | null)?.command !== 'MAIL FROM';
        if (error && (!single || sourceError !== undefined)) return fail(error);
        finish();
        quit(session);
        resolve(
          envelope.to.map((recipient) => {
            const reply = refused.has(recipient) ? parseReply(refused.get(recipient)) : rest;
            const { code, enhanced, text } = reply ?? { code: 451, enhanced: '4.5.0', text: 'The reply made no sense' };
            return { recipient, ok: error === null && !refused.has(recipient), code, enhanced, text, remote };
          }),
        );
      });
    }

    async function* read(message: RelayAttempt['message']): AsyncGenerator<Uint8Array> {
      opened = true;
      try {
        yield* message();
      } catch (error) {
        sourceError = error;
        throw error;
      }
    }
  });
}

type SmtpFailure = Error & {
  readonly code?: string;
  readonly response?: string;
  readonly command?: string;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly {
    readonly recipient?: string | undefined;
    readonly response?: string | undefined;
  }[];
};

/** QUIT, and no long wait for its answer. */
function quit(session: SMTPConnection): void {
  session.quit();
  setTimeout(() => session.close(), 5000).unref();
}

/** The TCP connection alone, with its own time limit, to an address where one is given. */
function open(options: SmtpClientOptions, attempt: RelayAttempt, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { port } = attempt;
    const { localAddress } = options;
    const socket = connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) });
    const timer = setTimeout(() => settle(new Error('no answer')), attempt.timeouts.connect);
    const abort = (): void => settle(new Error('the time for this attempt was over'));
    attempt.signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', settle);
    socket.once('connect', () => settle());
    if (attempt.signal?.aborted) abort();

    function settle(error?: Error): void {
      clearTimeout(timer);
      attempt.signal?.removeEventListener('abort', abort);
      socket.removeListener('error', settle);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      socket.on('error', () => {});
      socket.destroy();
      reject(
        new RelayError({
          temporary: true,
          code: 0,
          enhanced: '4.4.1',
          text: `Could not connect to port ${port}: ${oneLine(error.message)}`,
          stage: 'connect',
          remote: `${attempt.host}[${address}]`,
          cause: error,
        }),
      );
    }
  });
}

function tlsOptions(options: SmtpClientOptions, attempt: RelayAttempt): ConnectionOptions {
  const verified = attempt.tls === 'required' || attempt.tls === 'implicit';
  return {
    rejectUnauthorized: verified,
    minVersion: 'TLSv1.2',
    ...(isIP(attempt.host) === 0 ? { servername: attempt.host } : {}),
    ...(verified && options.ca !== undefined ? { ca: [...[options.ca].flat()] } : {}),
  };
}

/** MAIL FROM with SMTPUTF8 for a message whose header needs it though no address does (RFC 6531 section 3.4). */
function askForUtf8(internals: Internals): void {
  const plain = internals._sendCommand;
  internals._sendCommand = function (this: Internals, command, shown) {
    const needed = command.startsWith('MAIL FROM:') && !/ SMTPUTF8(?: |$)/.test(command);
    plain.call(this, needed ? `${command} SMTPUTF8` : command, shown);
  };
}

/** Reply code, enhanced code (made from the reply's where the server gave none) and words of a reply, one line or many. */
function parseReply(reply: string | undefined): { code: number; enhanced: string; text: string } | undefined {
  const code = Number(/^[2-5]\d\d/.exec(reply ?? '')?.[0] ?? 0);
  if (reply === undefined || code === 0) return undefined;
  const lines = reply.split(/\r?\n/).map((line) => line.replace(/^\d{3}[ -]?/, ''));
  const enhanced = /^[245]\.\d{1,3}\.\d{1,3}(?= |$)/.exec(lines[0] ?? '')?.[0];
  const text = lines.map((line) =>
    enhanced !== undefined && line.startsWith(enhanced) ? line.slice(enhanced.length) : line,
  );
  const matching = enhanced !== undefined && Number(enhanced[0]) === Math.floor(code / 100);
  return {
    code,
    enhanced: matching ? enhanced : `${Math.floor(code / 100)}.0.0`,
    text: oneLine(text.map((line) => line.trim()).join(' ')),
  };
}

function oneLine(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim()
    .slice(0, 500);
}
