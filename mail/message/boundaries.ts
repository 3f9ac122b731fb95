interface Node {
  next: Map<number, Node> | undefined;
  /** The multiparts, outermost first, whose boundary ends here. */
  owners: number[];
}

/** A boundary line's meaning. */
export interface BoundaryMatch {
  /** The number that the multipart was added with. */
  owner: number;
  /** True for the closing form, `--boundary--`. */
  closing: boolean;
}

function newNode(): Node {
  return { next: undefined, owners: [] };
}

/**
 * The boundaries of the multiparts that are open, as a trie, so that a line is checked in one walk over its bytes
 * however many are open. RFC 2046 5.1.1: it is enough that a line begins with the boundary; where several match, the
 * longest is meant ("a" and "ab" nested), and of equal ones the innermost.
 */
export class Boundaries {
  readonly #root = newNode();
  #size = 0;

  /** How many are open. */
  get size(): number {
    return this.#size;
  }

  add(boundary: string, owner: number): void {
    let node = this.#root;
    for (let i = 0; i < boundary.length; i++) {
      const code = boundary.charCodeAt(i);
      node.next ??= new Map();
      let child = node.next.get(code);
      if (child === undefined) {
        child = newNode();
        node.next.set(code, child);
      }
      node = child;
    }
    node.owners.push(owner);
    this.#size++;
  }

  /** Takes out the innermost multipart with that boundary, and the nodes that nobody else needs. */
  remove(boundary: string): void {
    const path: Node[] = [this.#root];
    for (let i = 0; i < boundary.length; i++) path.push(path[i]!.next!.get(boundary.charCodeAt(i))!);
    path[boundary.length]!.owners.pop();
    this.#size--;
    for (let i = boundary.length; i > 0; i--) {
      const node = path[i]!;
      if (node.owners.length > 0 || (node.next !== undefined && node.next.size > 0)) return;
      path[i - 1]!.next!.delete(boundary.charCodeAt(i - 1));
    }
  }

  /** What a line (without its line end; at least its first MAX_BOUNDARY + 4 bytes) means; undefined where it is no boundary. */
  match(line: string): BoundaryMatch | undefined {
    if (this.#size === 0 || !line.startsWith('--')) return undefined;
    let node: Node | undefined = this.#root;
    let owner = -1;
    let end = 0;
    for (let i = 2; i < line.length && node !== undefined; i++) {
      node = node.next?.get(line.charCodeAt(i));
      if (node !== undefined && node.owners.length > 0) {
        owner = node.owners.at(-1)!;
        end = i + 1;
      }
    }
    return owner < 0 ? undefined : { owner, closing: line.startsWith('--', end) };
  }
}

/** RFC 2046 allows 70 bytes; longer ones exist. Beyond this a boundary counts as missing. */
export const MAX_BOUNDARY = 1_000;
