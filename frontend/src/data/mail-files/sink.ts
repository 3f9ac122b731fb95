/** Where a file is written that may be larger than memory: into a file that the user chooses, or else into parts that the browser keeps. */
export interface Sink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** It is whole: hands it over. */
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

interface Picking {
  showSaveFilePicker?: (options: object) => Promise<FileSystemFileHandle>;
}

/** Bytes that are made one part: the browser may put parts on the disk. */
const PART = 8_000_000;

/** To be called while a click is fresh. Undefined: the user has chosen no place. */
export async function openSink(name: string, type: string): Promise<Sink | undefined> {
  const { showSaveFilePicker } = globalThis as Picking;
  if (showSaveFilePicker === undefined) return partsOf(name, type);
  try {
    const extension = name.slice(name.lastIndexOf('.'));
    const handle = await showSaveFilePicker({
      suggestedName: name,
      types: [{ accept: { [type]: [extension] } }],
    });
    const stream = await handle.createWritable();
    return {
      write: (bytes) => stream.write(bytes),
      close: () => stream.close(),
      abort: () => stream.abort(),
    };
  } catch (error) {
    if ((error as Error).name === 'AbortError') return undefined;
    // Where the browser does not let a page choose, as in a frame.
    if ((error as Error).name === 'SecurityError' || (error as Error).name === 'NotAllowedError')
      return partsOf(name, type);
    throw error;
  }
}

function partsOf(name: string, type: string): Sink {
  let parts: Blob[] = [];
  let rest: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  return {
    async write(bytes) {
      rest.push(bytes);
      held += bytes.length;
      if (held < PART) return;
      parts.push(new Blob(rest));
      rest = [];
      held = 0;
    },
    async close() {
      const url = URL.createObjectURL(new Blob([...parts, ...rest], { type }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      // The browser has begun by then.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
    async abort() {
      parts = [];
      rest = [];
    },
  };
}
