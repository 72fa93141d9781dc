import { createHash } from 'node:crypto';
import { escapeHtml } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { crdsErrors } from '../errors.ts';
import { basesOf } from './bases.ts';
import type { RpcMethod } from './method.ts';
import { rpcMethods } from './methods.ts';

/** `<base>/json/browse/`: every method, what it takes, and a place to try it. */
export const browseRoutes: Routes = (app, core) => {
  for (const base of basesOf(core)) {
    app.get(
      `${base.prefix}/json/browse`,
      { config: { allow: 'crds.read', errors: crdsErrors, family: 'CRDS RPC' } },
      async (request, reply) => {
        const { observatory, base: address } = await base.of(request);
        return reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', policy)
          .header('cache-control', 'no-cache')
          .send(pageOf(observatory.observatory, address));
      },
    );
  }
};

/** Sends what stands in the form, and shows the answer; compressed results are undone as clients do. */
const script = `
const form = document.querySelector('form');
const shown = document.querySelector('output');
for (const button of document.querySelectorAll('button[value]')) {
  button.addEventListener('click', () => {
    form.method.value = button.value;
    form.params.value = button.dataset.params;
    form.scrollIntoView();
  });
}
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  shown.textContent = '…';
  try {
    const body = JSON.stringify({ jsonrpc: '1.0', method: form.method.value, params: JSON.parse(form.params.value), id: 'browse' });
    const answer = await (await fetch(form.dataset.address, { method: 'POST', body })).json();
    const packed = answer.result && answer.result.crds_payload;
    if (packed) {
      const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
      answer.result = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
    }
    shown.textContent = JSON.stringify(answer, null, 1).slice(0, 200000);
  } catch (error) {
    shown.textContent = String(error);
  }
});
`;

const style = `
body { font: 14px/20px system-ui; max-width: 60em; margin: 2em auto; padding: 0 1em; color-scheme: light dark }
input, textarea, button { font: inherit } textarea { width: 100%; height: 5em } input { width: 30em; max-width: 100% }
output { display: block; white-space: pre-wrap; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
dt { margin-top: 1em } dd { margin-left: 2em }
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function pageOf(observatory: string, address: string): string {
  const { pathname } = new URL(`${address}/json/`);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>JSON-RPC of ${observatory}</title><style>${style}</style>
<h1>JSON-RPC of ${observatory}</h1>
<p>Clients send <code>{"jsonrpc":"1.0","method":…,"params":[…],"id":…}</code> by POST to <code>${escapeHtml(address)}/json/</code>.
Arguments stand by position or by name; those at the end that may be null may be left out.</p>
<form data-address="${escapeHtml(pathname)}">
<p><label>Method<br><input name="method" value="get_server_info" required></label>
<p><label>Arguments, as JSON<br><textarea name="params" required>[]</textarea></label>
<p><button>Call</button></form>
<output aria-live="polite"></output>
<h2>Methods</h2><dl>${[...rpcMethods.values()].map((method) => entryOf(method, observatory)).join('')}
</dl><script>${script}</script></html>
`;
}

function entryOf({ name, summary, parameters }: RpcMethod, observatory: string): string {
  const all = Object.entries(parameters);
  const example = JSON.stringify(all.map(([parameter, { type }]) => exampleOf(parameter, type, observatory)));
  const lines = all.map(([parameter, { type }]) => `<br><code>${parameter}</code>: ${escapeHtml(type)}`);
  return `
<dt><button type="button" value="${name}" data-params="${escapeHtml(example)}">${name}</button>
<dd>${escapeHtml(summary)}${lines.join('')}`;
}

/** What is likely to have an answer. */
function exampleOf(name: string, type: string, observatory: string): unknown {
  if (name === 'observatory') return observatory;
  if (name.startsWith('header')) return {};
  if (type.endsWith('or null')) return null;
  if (type === 'mapping or context') return `${observatory}-latest`;
  if (type.startsWith('list')) return [];
  return type === 'true or false' ? false : '';
}
