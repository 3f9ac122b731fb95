/** `npm run bench -- NAME`: one benchmark, in a table, beside its peer where there is one. */
const BENCHES = {
  store: () => import('./store.ts'),
  deliver: () => import('./deliver.ts'),
  crash: () => import('./crash.ts'),
  mailbox: () => import('./mailbox.ts'),
  hot: () => import('./hot.ts'),
  imap: () => import('./imap-bench.ts'),
  pop3: () => import('./pop3.ts'),
  idle: () => import('./idle.ts'),
  push: () => import('./push.ts'),
  search: () => import('./search.ts'),
  jmap: () => import('./jmap.ts'),
  cold: () => import('./cold.ts'),
  contacts: () => import('./contacts.ts'),
  webmail: () => import('./webmail.ts'),
} as const;

const name = process.argv[2] ?? '';
if (!Object.hasOwn(BENCHES, name)) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')}`);
  process.exit(2);
}
const bench = await BENCHES[name as keyof typeof BENCHES]();
// A bench answers whether its bars were met.
process.exitCode = (await bench.run()) === false ? 1 : 0;
