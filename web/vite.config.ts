import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * Preloads the two text fonts of the first paint and sets the colour scheme before it. Both files carry a hash,
 * so the build has to say their names; the script is a file because the security policy allows no inline one.
 */
function firstPaint(): Plugin {
  return {
    name: 'first-paint',
    buildStart() {
      const source = readFileSync(new URL('./src/scheme.js', import.meta.url), 'utf8');
      if (this.meta.watchMode !== true) this.emitFile({ type: 'asset', name: 'scheme.js', source });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const names = Object.keys(bundle);
        const scheme = names.filter((name) => /\/scheme-[^/]+\.js$/.test(name));
        const fonts = names.filter((name) => /plex-sans-latin-(400|600).*woff2$/.test(name));
        return [
          ...scheme.map((name) => ({
            tag: 'script',
            attrs: { src: `/${name}` },
            injectTo: 'head-prepend' as const,
          })),
          ...fonts.map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${name}`, crossorigin: true },
            injectTo: 'head' as const,
          })),
        ];
      },
    },
  };
}

/** Fails the build when the first load grows over its budget (JavaScript 190 kB, CSS 45 kB, gzip). */
function firstLoadBudget(): Plugin {
  return {
    name: 'first-load-budget',
    generateBundle(_options, bundle) {
      const first = new Set<string>();
      const visit = (name: string) => {
        const chunk = bundle[name];
        if (first.has(name) || chunk?.type !== 'chunk') return;
        first.add(name);
        for (const imported of chunk.imports) visit(imported);
      };
      for (const [name, chunk] of Object.entries(bundle))
        if (chunk.type === 'chunk' && chunk.isEntry) visit(name);
      let bytes = 0;
      for (const name of first) {
        const chunk = bundle[name];
        if (chunk?.type === 'chunk') bytes += gzipSync(chunk.code).length;
      }
      const kilobytes = bytes / 1000;
      this.info(`first load: ${kilobytes.toFixed(1)} kB of gzip JavaScript in ${first.size} files`);
      if (kilobytes > 190)
        this.error(`The first load is ${kilobytes.toFixed(1)} kB of JavaScript; the budget is 190 kB.`);
    },
  };
}

/** The built files lie below /assets/; index.html is served for everything below /ui. */
export default defineConfig({
  base: '/',
  plugins: [react(), firstPaint(), firstLoadBudget()],
  build: { outDir: 'dist', assetsDir: 'assets', emptyOutDir: true, assetsInlineLimit: 0, sourcemap: false },
});
