import { formatAddress, normalDomain, parseAddress } from '../directory/address.ts';
import type { DirectoryService } from '../directory/directory.ts';
import { BodyTooLarge, type HttpRequest, type HttpResponse, json, readBody } from '../http.ts';
import type { Clock, Log } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { appleProfile } from './apple-profile.ts';
import { autoconfig } from './autoconfig.ts';
import { askedAddress, autodiscover, autodiscoverError } from './autodiscover.ts';
import type { ClientServer, ClientSettings } from './servers.ts';

/** Where mail programs look, for whoever puts this behind something. */
export const PATHS = {
  wellKnown: '/.well-known/autoconfig/mail/config-v1.1.xml',
  autoconfig: '/mail/config-v1.1.xml',
  apple: '/mail/apple.mobileconfig',
  servers: '/mail/servers.json',
  autodiscover: '/autodiscover',
  /** Outlook writes it so. */
  Autodiscover: '/Autodiscover',
} as const;

const XML = 'text/xml; charset=utf-8';
const MAX_QUESTION = 16 * 1024;

interface Deps {
  readonly directory: Pick<DirectoryService, 'domains' | 'setting'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** The best of each protocol first. */
  readonly servers: readonly ClientServer[];
}

export interface Clients {
  /** Answers a request whose path is one of `PATHS`, or below it. Never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/**
 * Settings for mail programs, as each kind of them asks. They tell of domains only: whether an address is somebody's is not said.
 */
export function createClients({ directory, clock, log, servers }: Deps): Clients {
  async function settingsFor(name: string, address: string | undefined): Promise<ClientSettings> {
    const { domain } = await directory.domains.get(name);
    const [imap, pop3, brand] = await Promise.all([
      directory.setting('accounts.imap', { domain }),
      directory.setting('accounts.pop3', { domain }),
      directory.setting('brand.name', { domain }),
    ]);
    const allowed = { imap, pop3, smtp: true };
    return { domain, name: brand ?? domain, address, servers: servers.filter(({ protocol }) => allowed[protocol]) };
  }

  async function ofAddress(text: string): Promise<ClientSettings & { readonly address: string }> {
    const found = parseAddress(text);
    if (found === undefined || found.domain === '') throw new Refused('invalid', 'Give a whole mail address.');
    const address = formatAddress(found);
    return { ...(await settingsFor(found.domain, address)), address };
  }

  /** Of an address, or of the domain that `autoconfig.` stands before in the name that was asked. */
  async function asked({ query, headers }: HttpRequest): Promise<ClientSettings> {
    const address = query.get('emailaddress');
    if (address !== null && !address.startsWith('%')) return ofAddress(address);
    const host = normalDomain((headers.host ?? '').replace(/:\d+$/, '')) ?? '';
    return settingsFor(host.replace(/^autoconfig\./, ''), undefined);
  }

  async function outlook(request: HttpRequest): Promise<HttpResponse> {
    const question = askedAddress((await readBody(request, MAX_QUESTION)).toString());
    if (question === undefined) return file(XML, autodiscoverError(600, clock.now()));
    if (!question.isOutlook) return file(XML, autodiscoverError(601, clock.now()));
    try {
      return file(XML, autodiscover(await ofAddress(question.address)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return file(XML, autodiscoverError(601, clock.now()));
    }
  }

  /** Autodiscover v2: which address answers for a protocol. */
  function outlookJson({ query, headers }: HttpRequest): HttpResponse {
    const protocol = query.get('Protocol') ?? query.get('protocol') ?? '';
    const known = 'autodiscoverv1';
    if (protocol.toLowerCase() !== known) {
      const ErrorMessage = `The given protocol value '${protocol.slice(0, 60)}' is invalid. Supported values are 'AutodiscoverV1'.`;
      return json(400, { ErrorCode: protocol === '' ? 'MandatoryParameterMissing' : 'InvalidProtocol', ErrorMessage });
    }
    const scheme = headers['x-forwarded-proto'] ?? 'http';
    return json(200, { Protocol: protocol, Url: `${scheme}://${headers.host ?? ''}/autodiscover/autodiscover.xml` });
  }

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const path = request.path.toLowerCase();
    const { method } = request;
    if (path === '/autodiscover/autodiscover.xml') return method === 'POST' ? outlook(request) : notAllowed('POST');
    if (method !== 'GET' && method !== 'HEAD') return notAllowed('GET, HEAD');
    if (path === PATHS.wellKnown || path === PATHS.autoconfig) return file(XML, autoconfig(await asked(request)));
    if (path === PATHS.servers) {
      const { address, domain, servers } = await asked(request);
      return json(200, { domain, ...(address === undefined ? {} : { address }), servers });
    }
    if (path === PATHS.apple) {
      const settings = await ofAddress(request.query.get('emailaddress') ?? '');
      const profile = appleProfile(settings);
      if (profile === undefined) throw new Refused('cannot', `Neither IMAP nor POP3 is on for ${settings.domain}.`);
      const shown = { 'content-disposition': `attachment; filename="${settings.domain}.mobileconfig"` };
      return file('application/x-apple-aspen-config; charset=utf-8', profile, shown);
    }
    if (/^\/autodiscover\/autodiscover\.json(\/|$)/.test(path)) return outlookJson(request);
    throw new Refused('nonexistent', 'There is nothing at this path.');
  }

  return {
    async handle(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (error instanceof Refused) return plain(STATUS[error.code] ?? 400, error.message);
        if (error instanceof BodyTooLarge) return plain(413, error.message);
        log.error('clients.failed', { error: String(error) });
        return plain(500, 'Something went wrong here. Try again later.');
      }
    },
  };
}

const STATUS: Readonly<Partial<Record<Refused['code'], number>>> = { nonexistent: 404, cannot: 404, unavailable: 503 };

function file(type: string, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': type, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', ...headers },
    body,
  };
}

function plain(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${text}\n`,
  };
}

function notAllowed(allow: string): HttpResponse {
  return {
    ...plain(405, `This path takes ${allow}.`),
    headers: { allow, 'content-type': 'text/plain; charset=utf-8' },
  };
}
