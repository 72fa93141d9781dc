import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { type App, escapeHtml, jsonErrors, type RouteRow } from '../http/index.ts';

const open = {
  config: { allow: 'public', errors: jsonErrors, family: 'Pages, other', quiet: true },
} as const;

/** Collects the schemas of the routes registered after it; only our own JSON API is described. */
export async function describeApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Orrery',
        version,
        description: 'The JSON API of the pages. Old clients have addresses of their own.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform({ schema, url, route }) {
      const { allow = '' } = (route as RouteOptions).config ?? {};
      const described = { ...schema, summary: `Permission: ${allow}`, hide: !url.startsWith('/api/') };
      return { schema: described, url };
    },
  });
}

/** `/api/docs` for people, `/api/docs/openapi.json` for programs. */
export function apiDocsRoutes(app: App, rows: () => readonly RouteRow[]): void {
  app.get('/api/docs/openapi.json', open, () => app.swagger());
  app.get('/api/docs', open, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(renderRoutes(rows())),
  );
}

function renderRoutes(rows: readonly RouteRow[]): string {
  const lines = rows
    .filter(({ url }) => !url.startsWith('/ui') && !url.startsWith('/assets'))
    .sort((a, b) => a.url.localeCompare(b.url))
    .map(
      ({ method, url, owner, permission, bodyLimitBytes, errors }) =>
        `<tr>${[method, url, owner, permission, bodyLimitBytes.toLocaleString('en'), errors]
          .map((cell) => `<td>${escapeHtml(String(cell))}</td>`)
          .join('')}</tr>`,
    );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Orrery: addresses</title>
<style>body{font:13px/20px system-ui;margin:24px}td,th{padding:2px 12px 2px 0;text-align:left;border-bottom:1px solid #ddd}td:nth-child(2){font-family:monospace}</style>
<h1>Addresses</h1><p>Requests and answers of our own API are described for programs in <a href="/api/docs/openapi.json">openapi.json</a>
(OpenAPI 3.1). Send a token as <code>Authorization: Bearer …</code>; make one on your account page or with <code>orrery token create</code>.</p>
<table><tr><th>Method</th><th>Address</th><th>Owner</th><th>Permission</th><th>Body, bytes</th><th>Errors</th></tr>
${lines.join('\n')}
</table></html>\n`;
}
