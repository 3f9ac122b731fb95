import { domainToASCII } from 'node:url';
import { Refused } from '../refused.ts';

/** An address in the one spelling that the directory keeps and compares. */
export interface Address {
  /** NFC, lower case, without the quotes that it does not need; longest 64 octets (RFC 5321 section 4.5.3.1.1). */
  readonly local: string;
  /** A-labels, lower case. '' for the bare `postmaster` of RFC 5321 section 4.5.1. */
  readonly domain: string;
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const ASCII = /^[\x00-\x7f]*$/;

/** A domain in A-labels and lower case, or undefined when it is none (RFC 5321 section 4.1.2, RFC 5890). */
export function normalDomain(text: string): string | undefined {
  const name = text.replace(/\.$/, '').toLowerCase();
  // Only a U-label goes through the URL rules, which take a name of digits for an IPv4 address and decode %41.
  const ascii = ASCII.test(name) ? name : name.includes('%') ? '' : domainToASCII(name);
  if (ascii.length === 0 || ascii.length > 253) return undefined;
  const labels = ascii.split('.');
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  return /^\d+$/.test(labels[labels.length - 1]!) ? undefined : ascii;
}

/** A local part folded: quotes that mean nothing removed, NFC, lower case (RFC 6531 section 3.3 allows UTF-8 there). */
export function normalLocal(text: string): string | undefined {
  let local = text;
  if (local.startsWith('"')) {
    if (local.length < 2 || !/^"(?:[^"\\]|\\[\s\S])*"$/.test(local)) return undefined;
    local = local.slice(1, -1).replace(/\\([\s\S])/g, '$1');
  }
  local = local.normalize('NFC').toLowerCase().normalize('NFC');
  if (local === '' || Buffer.byteLength(local) > 64 || /[\x00-\x1f\x7f]/.test(local)) return undefined;
  return local;
}

/** Reads `local@domain`, or a bare `postmaster`. Undefined when it is no mail address (an address literal too). */
export function parseAddress(text: string): Address | undefined {
  const at = text.lastIndexOf('@');
  const local = normalLocal(at < 0 ? text : text.slice(0, at));
  if (local === undefined) return undefined;
  if (at < 0) return local === 'postmaster' ? { local, domain: '' } : undefined;
  const domain = normalDomain(text.slice(at + 1));
  return domain === undefined ? undefined : { local, domain };
}

const DOT_ATOM = /^[^\s()<>[\]:;@\\,."]+(?:\.[^\s()<>[\]:;@\\,."]+)*$/;

/** `local@domain` as it is written in an envelope: the local part quoted where it must be. */
export function formatAddress(address: Address): string {
  const local = DOT_ATOM.test(address.local) ? address.local : `"${address.local.replace(/(["\\])/g, '\\$1')}"`;
  return address.domain === '' ? local : `${local}@${address.domain}`;
}

/** `user+detail` taken apart at the first separator; undefined when there is no detail to take off. */
export function splitDetail(local: string): { readonly base: string; readonly detail: string } | undefined {
  const plus = local.indexOf('+');
  return plus <= 0 ? undefined : { base: local.slice(0, plus), detail: local.slice(plus + 1) };
}

/** As `normalDomain`, for input of an administrator. */
export function requireDomain(text: string): string {
  const domain = normalDomain(text);
  if (domain === undefined) throw new Refused('invalid', `"${text.slice(0, 80)}" is not a domain name.`);
  return domain;
}

/** As `parseAddress`, for input of an administrator. */
export function requireAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined || address.domain === '') {
    throw new Refused('invalid', `"${text.slice(0, 80)}" is not a mail address: write it as name@domain.`);
  }
  return address;
}
