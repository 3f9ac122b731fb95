import { join } from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';
import { buildFrame } from './frame/build.ts';
import { buildWorker } from './worker/build.ts';

/** The webmail as static files: `frontend/dist`, names by content, so that all but the page itself is kept for ever. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    preact({ devToolsEnabled: false }),
    boot(),
    { name: 'frame', closeBundle: buildFrame },
    { name: 'worker', closeBundle: buildWorker },
  ],
  // Its dictionaries are files of their own.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    manifest: true,
    // Under our CSP nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'src/boot.ts'].map((name) => join(import.meta.dirname, name)),
      output: {
        // What the list needs is one file, with all that it shares with other screens: each request is a round trip.
        codeSplitting: {
          groups: [
            { name: 'boot', test: /frontend\/src\/(boot|api\/(ahead|calls)|data\/(first|types))\.ts$/, priority: 1 },
            { name: 'mail', test: /frontend\/src\/(main|screens\/mail\/mail)\.tsx$/ },
          ],
        },
      },
    },
  },
});

/** Has the page run boot.ts as soon as it is there, without waiting for what is large. */
function boot(): Plugin {
  return {
    name: 'boot',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => {
        const [tag, source] =
          /<script type="module" crossorigin (src="\/assets\/boot-[^"]+")><\/script>\s*/.exec(html) ?? [];
        if (tag === undefined) throw new Error('The page does not name boot.ts.');
        // First of all, as what is asked for first comes first.
        return html
          .replace(tag, '')
          .replace('<title>', `<script type="module" async crossorigin ${source}></script>\n    <title>`);
      },
    },
  };
}
