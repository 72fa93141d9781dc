import type { FastifyRequest } from 'fastify';
import { type App, absoluteUrl, htmlErrors, type RouteConfig } from '../../core/http/index.ts';

const config: RouteConfig = { allow: 'public', errors: htmlErrors, family: 'OPUS pages', quiet: true };

/** Where each page of OPUS's web client is now, below `/ui`; the parts of the address come decoded. */
const pages: Readonly<Record<string, (parts: Record<string, string>) => string>> = {
  // `/jobs/` without a name is an address of PanDA's monitor.
  '/jobs/:name': ({ name }) => (name === 'all' ? '/services/jobs' : `/services/${segment(name)}/jobs`),
  '/job_execute': () => '/services',
  '/job_execute/:name': ({ name }) => formOf(name),
  '/job_form/:name': ({ name }) => formOf(name),
  '/job_edit/:name/:id': ({ name, id }) => `/services/${segment(name)}/jobs/${segment(id)}`,
  '/job_definition': () => '/services',
  // Proposals were edited under `tmp/{name}`.
  '/job_definition/*': ({ '*': path = '' }) => formOf(path.split('/').at(-1)),
  '/accounts': () => '/account',
  '/accounts/*': ({ '*': path = '' }) => (/^(login|register|oidc)\b/.test(path) ? '/sign-in' : '/account'),
  '/admin': () => '/admin/capacity',
  '/admin/*': ({ '*': path = '' }) => (path === 'server_jobs' ? '/services' : '/admin/capacity'),
};

/** Bookmarks and links into OPUS's web client go on to our pages, with their query. */
export function pageRoutes(scope: App): void {
  for (const [url, place] of Object.entries(pages)) {
    scope.get(url, { config }, async (request, reply) => {
      const path = `/ui${place(request.params as Record<string, string>)}`;
      return reply.redirect(absoluteUrl(request, path + queryOf(request)), 302);
    });
  }
}

function formOf(name: string | undefined): string {
  return name === undefined || name === '' || name === 'all' ? '/services' : `/services/${segment(name)}`;
}

function segment(text = ''): string {
  return encodeURIComponent(text);
}

/** With the question mark, or empty. */
function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at);
}
