import { inOrderOfDate, type Thread, type ThreadMessage, threadSubject } from './threads.ts';

/** A message, or a dummy in the place of one that is referred to and not there. */
class Node implements Thread {
  message: ThreadMessage | undefined;
  parent: Node | undefined;
  readonly kin = new Set<Node>();
  /** Set when the siblings have been put in order. */
  children: Node[] = [];

  constructor(message?: ThreadMessage) {
    this.message = message;
  }

  adopt(child: Node): void {
    child.parent?.kin.delete(child);
    child.parent = this;
    this.kin.add(child);
  }

  leave(): void {
    this.parent?.kin.delete(this);
    this.parent = undefined;
  }

  /** Whether the other one is above this one, or the same. */
  isBelow(other: Node): boolean {
    // Who has no children is above nobody.
    if (other.kin.size === 0) return this === other;
    for (let node: Node | undefined = this; node !== undefined; node = node.parent) if (node === other) return true;
    return false;
  }

  /** The message that stands for it in any order: its own, or that of its first child. */
  get first(): ThreadMessage {
    return this.message ?? this.children[0]!.first;
  }
}

/** REFERENCES (RFC 5256 section 3); the steps are numbered as there. */
export function byReferences(messages: readonly ThreadMessage[]): readonly Thread[] {
  const roots = pruned(linked(messages));
  putInOrder(roots);
  const merged = mergedBySubject(roots.sort(byFirst));
  putInOrder(merged);
  return merged.sort(byFirst);
}

/**
 * REFS (draft-ietf-morg-inthread-01 section 4): REFERENCES without its step 5, and for step 4 the thread that has got a message last
 * is the last.
 */
export function byReferencesAlone(messages: readonly ThreadMessage[]): readonly Thread[] {
  const roots = pruned(linked(messages));
  putInOrder(roots);
  const newest = new Map(roots.map((root) => [root, newestOf(root)]));
  return roots.sort((a, b) => inOrderOfArrival(newest.get(a)!, newest.get(b)!));
}

function newestOf(root: Node): ThreadMessage {
  return fromAbove([root])
    .flatMap(({ message }) => message ?? [])
    .reduce((newest, message) => (inOrderOfArrival(newest, message) < 0 ? message : newest));
}

function inOrderOfArrival(a: ThreadMessage, b: ThreadMessage): number {
  return a.arrival - b.arrival || a.uid - b.uid;
}

function byFirst(a: Node, b: Node): number {
  return inOrderOfDate(a.first, b.first);
}

/** Steps 1 and 2. Gives what has no parent. */
function linked(messages: readonly ThreadMessage[]): Node[] {
  const byId = new Map<string, Node>();
  const all: Node[] = [];
  const nodeOf = (id: string) => {
    let node = byId.get(id);
    if (node === undefined) {
      byId.set(id, (node = new Node()));
      all.push(node);
    }
    return node;
  };
  for (const message of messages) {
    let node = message.messageId === undefined ? undefined : nodeOf(normalId(message.messageId));
    // Without an id, or with one that another message has, it is one that nobody refers to.
    if (node?.message !== undefined) node = undefined;
    if (node === undefined) all.push((node = new Node()));
    node.message = message;
    let above: Node | undefined;
    for (const id of message.references) {
      const reference = nodeOf(normalId(id));
      if (above !== undefined && reference.parent === undefined && !above.isBelow(reference)) above.adopt(reference);
      above = reference;
    }
    node.leave();
    if (above !== undefined && !above.isBelow(node)) above.adopt(node);
  }
  return all.filter(({ parent }) => parent === undefined);
}

/** `"a b"@c` is written without quotes where it can be, so that both spellings are one. */
function normalId(id: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"@(.*)$/s.exec(id);
  return quoted === null ? id : `${quoted[1]!.replace(/\\(.)/gs, '$1')}@${quoted[2]}`;
}

/** Every node, each above those that are below it. */
function fromAbove(roots: readonly Node[]): Node[] {
  const all = [...roots];
  for (let i = 0; i < all.length; i++) for (const child of all[i]!.kin) all.push(child);
  return all;
}

/** Step 3: dummies go, and their children take their place; at the top, only where it is one child. */
function pruned(roots: readonly Node[]): Node[] {
  const kept = new Set(roots);
  for (const node of fromAbove(roots).reverse()) {
    if (node.message !== undefined) continue;
    const { parent } = node;
    if (parent !== undefined) {
      for (const child of [...node.kin]) parent.adopt(child);
      node.leave();
    } else if (node.kin.size <= 1) {
      kept.delete(node);
      for (const child of [...node.kin]) {
        child.leave();
        kept.add(child);
      }
    }
  }
  return [...kept];
}

/** Steps 4 and 6, for all that is below the top: the youngest siblings first. */
function putInOrder(roots: readonly Node[]): void {
  for (const node of fromAbove(roots).reverse()) node.children = [...node.kin].sort(byFirst);
}

/** Step 5: threads with the same subject become one. */
function mergedBySubject(roots: readonly Node[]): Node[] {
  const subjects = new Map(roots.map((node) => [node, threadSubject(node.first.subject)] as const));
  const table = new Map<string, Node>();
  for (const node of roots) {
    const { form, isReply } = subjects.get(node)!;
    if (form === '') continue;
    const known = table.get(form);
    if (known === undefined) table.set(form, node);
    else if (known.message !== undefined && (node.message === undefined || (isReplyIn(subjects, known) && !isReply))) {
      table.set(form, node);
    }
  }
  const kept = new Set(roots);
  for (const node of roots) {
    const { form, isReply } = subjects.get(node)!;
    const known = table.get(form);
    if (form === '' || known === undefined || known === node) continue;
    kept.delete(node);
    if (known.message === undefined) {
      if (node.message !== undefined) known.adopt(node);
      else for (const child of [...node.kin]) known.adopt(child);
    } else if (isReply && node.message !== undefined && !isReplyIn(subjects, known)) known.adopt(node);
    else {
      const dummy = new Node();
      dummy.adopt(known);
      dummy.adopt(node);
      kept.delete(known);
      kept.add(dummy);
      table.set(form, dummy);
    }
  }
  return [...kept];
}

function isReplyIn(subjects: ReadonlyMap<Node, { readonly isReply: boolean }>, node: Node): boolean {
  return node.message !== undefined && subjects.get(node)?.isReply === true;
}
