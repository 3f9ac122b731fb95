/**
 * Thunderbird, by the commands of its own menus: shows, moves and deletes mail. What it looked like is kept as pictures in the
 * temporary directory, under postern-screenshots.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imaplib, subjects } from '../support/imaplib.ts';
import { type System, startSystem } from '../support/system.ts';
import { startThunderbird, type Thunderbird } from '../support/thunderbird.ts';

const ALICE = 'alice@example.test';
const PICTURES = join(tmpdir(), 'postern-screenshots');
/** From the examples of RFC 5322 and RFC 3501. */
const INBOX = [
  ['John Doe <jdoe@machine.example>', 'Saying Hello'],
  ['Mary Smith <mary@example.net>', 'afternoon meeting'],
  ['Joe Q. Public <john.q.public@example.com>', 'To be filed'],
  ['Fred Foobar <foobar@example.org>', 'To be deleted'],
  ['Mary Smith <mary@example.net>', 'IMAP4rev1 WG mtg summary and minutes'],
] as const;
const TEXT = 'This is a message just to say hello. Schöne Grüße!';

let system: System;
let thunderbird: Thunderbird;

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  system = await startSystem();
  await imap(
    `
for n, (sender, subject) in enumerate(given['inbox']):
    text = 'From: %s\\r\\nTo: Alice <alice@example.test>\\r\\nSubject: %s\\r\\nMessage-ID: <%d@example.test>\\r\\n' % (sender, subject, n)
    text += 'Date: Sun, 1 Nov 2026 0%d:00:00 +0000\\r\\nContent-Type: text/plain; charset=utf-8\\r\\n\\r\\n%s\\r\\n' % (n + 1, given['text'])
    ok(m.append('INBOX', None, None, text.encode()))
`,
    { inbox: INBOX, text: TEXT },
  );
  thunderbird = await startThunderbird({
    address: ALICE,
    password: system.passwords.get(ALICE)!,
    imaps: system.port('imaps'),
    certificate: join(system.home, 'tls', 'cert.pem'),
  });
});
afterAll(async () => {
  await thunderbird?.remove();
  await system?.remove();
});

const imap = (program: string, values?: Readonly<Record<string, unknown>>) => imaplib(system, ALICE, program, values);

/** Subjects of a mailbox with the flags that matter here. */
async function onServer(mailbox: string): Promise<readonly string[]> {
  const all = await subjects(system, ALICE, mailbox);
  return all.map((line) => line.replace(/ (?!\\(Deleted|Seen|Flagged))[\\$]\w+| (Non)?Junk/g, ''));
}

const picture = async (name: string) => writeFile(join(PICTURES, `${name}.png`), await thunderbird.screenshot());

/** What the scripts below share: the account, the three panes, and a way to a row. */
const PANES = `
  const server = MailServices.accounts.accounts[0].incomingServer;
  const pane = await until('three panes', () => gTabmail.currentAbout3Pane?.displayFolder && gTabmail.currentAbout3Pane);
  const folder = (flag) => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags[flag]);
  const subjects = () => Array.from({ length: pane.gDBView?.rowCount ?? 0 }, (_, row) => pane.gDBView.getMsgHdrAt(row).mime2DecodedSubject);
  const selected = () => Array.from(pane.gDBView?.getSelectedMsgHdrs() ?? [], (header) => header.mime2DecodedSubject);
  const select = (subject) => until('the row of ' + subject, () => {
    pane.threadTree.selectedIndex = subjects().indexOf(subject);
    return selected().join() === subject && pane.commandController.isCommandEnabled('cmd_delete');
  });
  // Thunderbird selects the next message when one has gone: only then is it ready for another command.
  const gone = (subject) => until(subject + ' to go', () => !subjects().includes(subject) && selected().length === 1);
`;

it('shows the folders and a message', async () => {
  const shown = await thunderbird.run(
    `${PANES}
    server.getNewMessages(server.rootFolder, msgWindow, null);
    await until('folders', () => folder('Trash') && folder('Archive') && folder('SentMail'));
    pane.displayFolder(folder('Inbox').URI);
    await until('messages', () => pane.gDBView?.rowCount === given.count);
    await select('Saying Hello');
    const text = () => pane.messageBrowser.contentWindow.getMessagePaneBrowser()?.contentDocument?.querySelector('.moz-text-plain')?.textContent.trim();
    await until('the text', () => text()?.includes('hello'));
    const rows = pane.folderTree.querySelectorAll('li[is="folder-tree-row"] .name');
    return { folders: Array.from(rows, (row) => row.textContent), subjects: subjects(), text: text() };
  `,
    { count: INBOX.length },
  );
  expect(shown).toEqual({
    folders: [ALICE, 'Inbox', 'Drafts', 'Sent', 'Archives', 'Spam', 'Trash'],
    subjects: INBOX.map(([, subject]) => subject).reverse(),
    text: TEXT,
  });
  await picture('message');
});

it('moves a message to another folder, deletes one and flags one', async () => {
  await thunderbird.run(`${PANES}
    await select('afternoon meeting');
    pane.commandController.doCommand('cmd_markAsFlagged');
    await select('To be filed');
    pane.commandController.doCommand('cmd_moveMessage', folder('Archive'));
    await gone('To be filed');
    await select('To be deleted');
    pane.commandController.doCommand('cmd_delete');
    await gone('To be deleted');
    pane.displayFolder(folder('Archive').URI);
    await select('To be filed');
    await until('the text', () => pane.messageBrowser.contentWindow.getMessagePaneBrowser()?.contentDocument?.body?.textContent.includes('hello'));
  `);
  await picture('moved');
  const polled = (mailbox: string) => expect.poll(() => onServer(mailbox), { timeout: 20_000 });
  await polled('Archive').toEqual(['To be filed \\Seen']);
  await polled('Trash').toEqual([expect.stringMatching(/^To be deleted/)]);
  // What was moved is marked as deleted there, and expunged when Thunderbird gets to it.
  const left = async () => (await onServer('INBOX')).filter((line) => !line.includes('\\Deleted'));
  await expect
    .poll(left, { timeout: 20_000 })
    .toEqual([
      'Saying Hello \\Seen',
      expect.stringMatching(/^afternoon meeting.* \\Flagged$/),
      expect.stringMatching(/^IMAP4rev1 WG mtg summary and minutes( \\Seen)?$/),
    ]);
});

it('hears of a new message while the folder is open', async () => {
  await thunderbird.run(`${PANES} pane.displayFolder(folder('Inbox').URI); await select('Saying Hello');`);
  await imap(
    `m.append('INBOX', None, None, b'From: Bob <bob@example.test>\\r\\nSubject: Just now\\r\\n\\r\\nhello\\r\\n')`,
  );
  await thunderbird.run(`${PANES} await until('the new message', () => subjects().includes('Just now'));`);
  await picture('new');
});
