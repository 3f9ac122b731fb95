import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  decodeTransfer,
  encodingCode,
  indexMessage,
  type Part,
  parameterText,
  readEnvelope,
  summarize,
} from '../../mail/message/index.ts';
import { messageFrom } from '../fuzz/messages.ts';

/** What message-peer.py says of a message. */
interface Seen {
  tree: Tree;
  subject: string | null;
  from: [string, string][];
  to: [string, string][];
  cc: [string, string][];
  sent: number | null;
}

interface Tree {
  type: string;
  filename: string | null;
  children: Tree[];
  body?: string;
  decoded?: string;
}

const SCRIPT = fileURLToPath(new URL('message-peer.py', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

function seenByPython(messages: Buffer[]): Seen[] {
  const input = JSON.stringify(messages.map((message) => message.toString('base64')));
  const run = spawnSync('python3', [SCRIPT], { input, maxBuffer: 256 * 1_048_576 });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return JSON.parse(run.stdout.toString()) as Seen[];
}

function ourTree(part: Part, message: Buffer): Tree {
  const filename =
    parameterText(part.disposition?.params ?? [], 'filename') ?? parameterText(part.params, 'name') ?? null;
  const tree: Tree = { type: `${part.type}/${part.subtype}`.toLowerCase(), filename, children: [] };
  if (part.kind !== 0) tree.children = part.children.map((child) => ourTree(child, message));
  else {
    const body = message.subarray(part.bodyStart, part.bodyEnd);
    tree.body = body.toString('latin1');
    tree.decoded = Buffer.from(decodeTransfer(body, encodingCode(part.encoding))).toString('latin1');
  }
  return tree;
}

/** RFC 2045 6.7 rule 3 deletes the white space at the end of a quoted-printable line; Python keeps it. */
function withoutTrailingSpace(tree: Tree): Tree {
  const children = tree.children.map(withoutTrailingSpace);
  if (tree.decoded === undefined) return { ...tree, children };
  return { ...tree, children, decoded: tree.decoded.replace(/[ \t]+(?=\r?\n|$)/g, '') };
}

describe.skipIf(!python)('against the email package of Python', () => {
  const messages = Array.from({ length: 400 }, (_, n) => messageFrom(n + 1, 'clean'));
  const seen = python ? seenByPython(messages) : [];

  it('sees the same parts, bodies and file names', () => {
    messages.forEach((message, n) => {
      const theirs = seen[n]!.tree;
      const ours = ourTree(indexMessage(message).root, message);
      expect(withoutTrailingSpace(ours), `seed ${n + 1}`).toEqual(withoutTrailingSpace(theirs));
    });
  });

  it('decodes the same subjects, addresses and dates', () => {
    messages.forEach((message, n) => {
      const theirs = seen[n]!;
      const summary = summarize(indexMessage(message));
      const envelope = readEnvelope(summary.envelope);
      const pairs = (field: 'from' | 'to' | 'cc') =>
        envelope[field].map(({ name, address }) => [name, address.replace('odd local', '"odd local"')]);
      expect(
        {
          subject: summary.subject ?? null,
          from: pairs('from'),
          to: pairs('to'),
          cc: pairs('cc'),
          sent: summary.sent === undefined ? null : summary.sent / 1000,
        },
        `seed ${n + 1}`,
      ).toEqual({ subject: theirs.subject, from: theirs.from, to: theirs.to, cc: theirs.cc, sent: theirs.sent });
    });
  });
});
