/** Messages as an account that is used has them: conversations, HTML, attachments, unread ones, several folders. */
import type { JmapClient } from './jmap-client.ts';

export interface Seeded {
  readonly mailbox: string;
  readonly raw: string;
  readonly seen?: boolean;
  readonly flagged?: boolean;
  /** Hours before now. */
  readonly age: number;
}

/** Bytes of the attachment of "Figures of the quarter". */
export const CSV = 'month,letters\r\nJuly,1021\r\nAugust,998\r\nSeptember,1204\r\n';
/** One red pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** Rows of the inbox: each conversation is one. */
export const INBOX_CONVERSATIONS = 33;
const FILLERS = 27;

const JOHN = 'John Doe <jdoe@machine.example>';
const MARY = 'Mary Smith <mary@example.net>';
const JANE = 'Jane Brown <j-brown@other.example>';
const PETE = 'Pete <pete@silly.example>';
const ALICE = 'alice@example.test';

/** Fills an account; gives the ids of its mailboxes by name. */
export async function seedMail(
  jmap: JmapClient,
  messages = MESSAGES,
  folders: readonly string[] = FOLDERS,
): Promise<ReadonlyMap<string, string>> {
  const ids = await mailboxes(jmap, folders);
  for (let from = 0; from < messages.length; from += BATCH) await put(jmap, messages.slice(from, from + BATCH), ids);
  return ids;
}

const FOLDERS = ['Projects', 'Projects/Letters', 'Travel', 'Rechnungen & Belege'];
const BATCH = 50;

async function mailboxes(jmap: JmapClient, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { list } = await jmap.call('Mailbox/get', { ids: null });
  const ids = new Map<string, string>(list.map(({ id, name }: { id: string; name: string }) => [name, id]));
  for (const path of paths) {
    const [parent, name] = path.includes('/') ? (path.split('/') as [string, string]) : [undefined, path];
    if (ids.has(name)) continue;
    const parentId = parent === undefined ? null : ids.get(parent);
    const { created } = await jmap.call('Mailbox/set', { create: { new: { name, parentId, isSubscribed: true } } });
    ids.set(name, created.new.id);
  }
  return ids;
}

async function put(jmap: JmapClient, messages: readonly Seeded[], ids: ReadonlyMap<string, string>): Promise<void> {
  const entries = messages.map((one, index) => [`m${index}`, one] as const);
  const { created, notCreated } = await jmap.call('Blob/upload', {
    create: Object.fromEntries(entries.map(([key, { raw }]) => [key, { data: [{ 'data:asText': raw }] }])),
  });
  if (Object.keys(notCreated ?? {}).length > 0) throw new Error(JSON.stringify(notCreated));
  const result = await jmap.call('Email/import', {
    emails: Object.fromEntries(
      entries.map(([key, { mailbox, seen = true, flagged = false, age }]) => [
        key,
        {
          blobId: created[key].id,
          mailboxIds: { [ids.get(mailbox)!]: true },
          keywords: { ...(seen ? { $seen: true } : {}), ...(flagged ? { $flagged: true } : {}) },
          receivedAt: ago(age).toISOString().replace(/\.\d+/, ''),
        },
      ]),
    ),
  });
  if (Object.keys(result.notCreated ?? {}).length > 0) throw new Error(JSON.stringify(result.notCreated));
}

function ago(hours: number): Date {
  return new Date(Date.now() - hours * 3_600_000);
}

interface Written {
  readonly from: string;
  readonly to?: string;
  readonly subject: string;
  readonly id: string;
  readonly reply?: string;
  readonly age: number;
  readonly type?: string;
  readonly body: string;
  readonly more?: readonly string[];
}

/** A message of RFC 5322. */
export function letter({ from, to = ALICE, subject, id, reply, age, type, body, more = [] }: Written): string {
  return [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${ago(age).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@machine.example>`,
    ...(reply === undefined
      ? []
      : [`In-Reply-To: <${reply}@machine.example>`, `References: <${reply}@machine.example>`]),
    ...more,
    'MIME-Version: 1.0',
    `Content-Type: ${type ?? 'text/plain; charset=utf-8'}`,
    'Content-Transfer-Encoding: 8bit',
    '',
    body,
  ].join('\r\n');
}

/** Parts of a multipart message, each with its headers. */
export function parts(boundary: string, ...all: readonly string[]): string {
  return [...all.map((part) => `--${boundary}\r\n${part}`), `--${boundary}--`, ''].join('\r\n');
}

const NEWSLETTER = `<!doctype html><html><head><style>h1 { color: #0b5; font-family: Georgia, serif } td { padding: 8px }</style></head>
<body><table width="100%" bgcolor="#f2f4f8"><tr><td><h1>What is new in October</h1><p>A letter in <b>HTML</b>, with a
<a href="https://www.example.com/october">link to more</a> and a picture of itself:</p>
<p><img src="cid:pixel@machine.example" alt="A red square" width="48" height="48"></p></td></tr></table></body></html>`;

const html = parts(
  'related',
  `Content-Type: text/html; charset=utf-8\r\n\r\n${NEWSLETTER}`,
  `Content-Type: image/png; name=pixel.png\r\nContent-ID: <pixel@machine.example>\r\nContent-Disposition: inline; filename=pixel.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${PNG}`,
);
const figures = parts(
  'mixed',
  'Content-Type: text/plain; charset=utf-8\r\n\r\nThe figures are attached. October follows next week.\r\n',
  `Content-Type: text/csv; name=figures.csv\r\nContent-Disposition: attachment; filename=figures.csv\r\n\r\n${CSV}`,
  `Content-Type: image/png; name=square.png\r\nContent-Disposition: attachment; filename=square.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${PNG}`,
);

/** Newest first in the inbox: "Figures of the quarter", "Lunch on Friday?" (a conversation of three), "What is new in October", ... */
export const MESSAGES: readonly Seeded[] = [
  {
    mailbox: 'Inbox',
    seen: false,
    age: 0.2,
    raw: letter({
      from: JANE,
      subject: 'Figures of the quarter',
      id: 'figures',
      age: 0.2,
      type: 'multipart/mixed; boundary=mixed',
      body: figures,
    }),
  },
  {
    mailbox: 'Inbox',
    age: 5,
    raw: letter({
      from: MARY,
      subject: 'Lunch on Friday?',
      id: 'lunch',
      age: 5,
      body: 'At twelve, at the usual place?',
    }),
  },
  {
    mailbox: 'Sent',
    age: 3,
    raw: letter({
      from: ALICE,
      to: MARY,
      subject: 'Re: Lunch on Friday?',
      id: 'lunch-yes',
      reply: 'lunch',
      age: 3,
      body: 'Yes!\r\n\r\n> At twelve, at the usual place?',
    }),
  },
  {
    mailbox: 'Inbox',
    seen: false,
    age: 1,
    raw: letter({
      from: MARY,
      subject: 'Re: Lunch on Friday?',
      id: 'lunch-table',
      reply: 'lunch-yes',
      age: 1,
      body: 'I have a table for us.\r\n\r\n> Yes!',
      more: ['Cc: Pete <pete@silly.example>'],
    }),
  },
  {
    mailbox: 'Inbox',
    seen: false,
    flagged: true,
    age: 8,
    raw: letter({
      from: 'News <news@lists.example>',
      subject: 'What is new in October',
      id: 'october',
      age: 8,
      type: 'multipart/related; boundary=related',
      body: html,
      more: ['List-Unsubscribe: <https://lists.example/unsubscribe>'],
    }),
  },
  {
    mailbox: 'Inbox',
    age: 26,
    raw: letter({ from: PETE, subject: '', id: 'nothing', age: 26, body: 'A letter without a subject.' }),
  },
  {
    mailbox: 'Inbox',
    age: 30,
    flagged: true,
    raw: letter({
      from: 'النشرة <news@arabic.example>',
      subject: 'مرحبا بكم في النشرة',
      id: 'arabic',
      age: 30,
      body: 'مرحبا! هذه رسالة تُكتب من اليمين إلى اليسار، with some English in it.',
    }),
  },
  {
    mailbox: 'Inbox',
    age: 50,
    raw: letter({
      from: '編集部 <editors@japanese.example>',
      subject: '十月のお知らせ',
      id: 'japanese',
      age: 50,
      body: 'こんにちは。十月号ができました。',
    }),
  },
  ...Array.from({ length: FILLERS }, (_, index): Seeded => {
    const age = 60 + index * 19;
    const from = [JOHN, MARY, JANE, PETE][index % 4]!;
    const subject = `Note ${index + 1} on the letters of the week`;
    const body = `This is note ${index + 1}.\r\n\r\nIt says little, at some length, so that a preview of it is cut.`;
    return {
      mailbox: 'Inbox',
      age,
      seen: index % 5 !== 0,
      raw: letter({ from, subject, id: `note-${index}`, age, body }),
    };
  }),
  ...['Projects', 'Letters', 'Travel', 'Rechnungen & Belege', 'Archive', 'Trash', 'Junk'].flatMap((mailbox, folder) =>
    Array.from({ length: 3 }, (_, index): Seeded => {
      const age = 100 + folder * 30 + index * 5;
      const subject = `${mailbox} ${index + 1}`;
      const id = `folder-${folder}-${index}`;
      return { mailbox, age, seen: index !== 0, raw: letter({ from: JOHN, subject, id, age, body: `In ${mailbox}.` }) };
    }),
  ),
];
