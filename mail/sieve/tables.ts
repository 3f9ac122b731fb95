import { INDEX, MATCH, PART, type Signature } from './signature.ts';

const FLAGS = { flags: { value: 'strings', needs: 'imap4flags' } } as const;
/** RFC 5232 section 3: a variable in place of the message's own flags needs RFC 5229. */
const FLAG_ACTION: Signature = {
  needs: 'imap4flags',
  values: ['constant', 'strings'],
  optional: { count: 1, needs: 'variables' },
};

/** Controls and actions, by name. */
export const COMMANDS: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    // RFC 5228 section 3
    require: { values: ['constants'] },
    if: { tests: 'one', block: true },
    elsif: { tests: 'one', block: true },
    else: { block: true },
    stop: {},
    // RFC 5228 section 4
    fileinto: {
      needs: 'fileinto',
      tags: {
        copy: { needs: 'copy' },
        create: { needs: 'mailbox' },
        mailboxid: { value: 'string', needs: 'mailboxid', group: 'mailbox' },
        specialuse: { value: 'string', needs: 'special-use', group: 'mailbox' },
        ...FLAGS,
      },
      values: ['string'],
    },
    redirect: { tags: { copy: { needs: 'copy' } }, values: ['string'] },
    keep: { tags: FLAGS },
    discard: {},
    // RFC 5429
    reject: { needs: 'reject', values: ['string'] },
    ereject: { needs: 'ereject', values: ['string'] },
    // RFC 5232
    setflag: FLAG_ACTION,
    addflag: FLAG_ACTION,
    removeflag: FLAG_ACTION,
    // RFC 5229 section 4
    set: {
      needs: 'variables',
      tags: {
        lower: { group: 'change of case' },
        upper: { group: 'change of case' },
        lowerfirst: { group: 'change of the first letter' },
        upperfirst: { group: 'change of the first letter' },
        quotewildcard: {},
        length: {},
      },
      values: ['constant', 'string'],
    },
    // RFC 5230, RFC 6131
    vacation: {
      needs: 'vacation',
      tags: {
        days: { value: 'number', group: 'time' },
        seconds: { value: 'number', group: 'time', needs: 'vacation-seconds' },
        subject: { value: 'string' },
        from: { value: 'string' },
        addresses: { value: 'strings' },
        mime: {},
        handle: { value: 'string' },
      },
      values: ['string'],
    },
    // RFC 5463 section 5
    error: { needs: 'ihave', values: ['string'] },
  } satisfies Record<string, Signature>),
);

/** Tests, by name. */
export const TESTS: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    // RFC 5228 section 5
    address: { tags: { ...MATCH, ...PART, ...INDEX }, values: ['strings', 'strings'] },
    allof: { tests: 'list' },
    anyof: { tests: 'list' },
    envelope: { needs: 'envelope', tags: { ...MATCH, ...PART }, values: ['strings', 'strings'] },
    exists: { values: ['strings'] },
    false: {},
    header: { tags: { ...MATCH, ...INDEX }, values: ['strings', 'strings'] },
    not: { tests: 'one' },
    size: { tags: { over: { group: 'limit' }, under: { group: 'limit' } }, group: 'limit', values: ['number'] },
    true: {},
    // RFC 5173
    body: {
      needs: 'body',
      tags: {
        ...MATCH,
        raw: { group: 'transform' },
        content: { group: 'transform', value: 'strings' },
        text: { group: 'transform' },
      },
      values: ['strings'],
    },
    // RFC 5229 section 5
    string: { needs: 'variables', tags: MATCH, values: ['strings', 'strings'] },
    // RFC 5232 section 4
    hasflag: {
      needs: 'imap4flags',
      tags: MATCH,
      values: ['constants', 'strings'],
      optional: { count: 1, needs: 'variables' },
    },
    // RFC 5260
    date: {
      needs: 'date',
      tags: {
        ...MATCH,
        ...INDEX,
        zone: { group: 'zone', value: 'string' },
        originalzone: { group: 'zone' },
      },
      values: ['string', 'string', 'strings'],
    },
    currentdate: {
      needs: 'date',
      tags: { ...MATCH, zone: { value: 'string' } },
      values: ['string', 'strings'],
    },
    // RFC 5490 section 3, RFC 9042 section 4, RFC 8579 section 4
    mailboxexists: { needs: 'mailbox', values: ['strings'] },
    mailboxidexists: { needs: 'mailboxid', values: ['strings'] },
    specialuse_exists: { needs: 'special-use', values: ['string', 'strings'], optional: { count: 1 } },
    // RFC 7352
    duplicate: {
      needs: 'duplicate',
      tags: {
        handle: { value: 'string' },
        header: { value: 'string', group: 'id' },
        uniqueid: { value: 'string', group: 'id' },
        seconds: { value: 'number' },
        last: {},
      },
    },
    // RFC 5463 section 4
    ihave: { needs: 'ihave', values: ['constants'] },
    // RFC 5183
    environment: { needs: 'environment', tags: MATCH, values: ['string', 'strings'] },
  } satisfies Record<string, Signature>),
);
