import { type Parameter, type ParameterizedValue, parseParameterized, rawParameter } from './parameters.ts';

/** A media type with its parameters, as written. */
export interface MediaType {
  type: string;
  subtype: string;
  params: Parameter[];
}

/** RFC 2045 5.2: what a part without a usable Content-Type is. */
export function defaultMedia(inDigest: boolean): MediaType {
  // RFC 2046 5.1.5: in a digest the default is a message.
  if (inDigest) return { type: 'message', subtype: 'rfc822', params: [] };
  return { type: 'text', subtype: 'plain', params: [['charset', 'us-ascii']] };
}

/** What content that is not taken apart is shown as. */
export function opaqueMedia(): MediaType {
  return { type: 'application', subtype: 'octet-stream', params: [] };
}

const TOKEN = /^[!#$%&'*+\-.^_`{|}~A-Za-z0-9]+$/;

/** Parses Content-Type's value; undefined where it names no type, which counts as missing (RFC 2045 5.2). */
export function parseMedia(value: string): MediaType | undefined {
  const { value: name, params } = parseParameterized(value);
  const slash = name.indexOf('/');
  const type = name.slice(0, slash);
  const subtype = name.slice(slash + 1);
  if (slash < 0 || !TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
  if (isText(type) && rawParameter(params, 'charset') === undefined && rawParameter(params, 'charset*') === undefined) {
    params.push(['charset', 'us-ascii']);
  }
  return { type, subtype, params };
}

export function isText(type: string): boolean {
  return type.toLowerCase() === 'text';
}

export function isMultipart(type: string): boolean {
  return type.toLowerCase() === 'multipart';
}

/** message/rfc822, the type whose content IMAP takes apart. */
export function isMessage(type: string, subtype: string): boolean {
  return type.toLowerCase() === 'message' && subtype.toLowerCase() === 'rfc822';
}

/** Content-Disposition's value, or null where it names none. */
export function parseDisposition(value: string | undefined): ParameterizedValue | null {
  if (value === undefined) return null;
  const parsed = parseParameterized(value);
  return parsed.value === '' ? null : parsed;
}

/** A token field such as Content-Transfer-Encoding, without comments and space. */
export function parseToken(value: string | undefined): string {
  return value === undefined ? '' : parseParameterized(value).value;
}

/** True where a disposition says "attachment". */
export function isAttachment(disposition: ParameterizedValue | null): boolean {
  return disposition !== null && disposition.value.toLowerCase() === 'attachment';
}
