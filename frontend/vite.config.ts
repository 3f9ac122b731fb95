import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { buildFrame } from './frame/build.ts';
import { buildWorker } from './worker/build.ts';

/** The webmail as static files: `frontend/dist`, names by content, so that all but the page itself is kept for ever. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    preact({ devToolsEnabled: false }),
    { name: 'frame', closeBundle: buildFrame },
    { name: 'worker', closeBundle: buildWorker },
  ],
  build: {
    target: 'es2023',
    manifest: true,
    // Under our CSP nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the list needs is one file, with all that it shares with other screens: each request is a round trip.
        codeSplitting: { groups: [{ name: 'mail', test: /frontend\/src\/(main|screens\/mail\/mail)\.tsx$/ }] },
      },
    },
  },
});
