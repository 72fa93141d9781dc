import type { Core } from '../core.ts';
import { AppError } from '../errors.ts';
import type { App } from '../http/index.ts';
import { jsonErrors, textErrors } from '../http/index.ts';

const loopback = /^(127\.|::1$)/;

/** `/healthz`: the process lives. `/readyz`: it can work. `/metrics`: for Prometheus. */
export function systemRoutes(app: App, core: Core, isDraining: () => boolean): void {
  const quiet = { allow: 'public', errors: textErrors, family: 'Operations', quiet: true } as const;
  app.get('/healthz', { config: quiet }, async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', { config: quiet }, async (_request, reply) => {
    if (isDraining())
      throw new AppError('busy', 'http.draining', 'This process is stopping.', { retryAfterSeconds: 5 });
    await core.db.sql`select 1`;
    return reply.type('text/plain').send('ready\n');
  });
  app.get('/metrics', { config: { ...quiet, errors: jsonErrors } }, async (request, reply) => {
    const mayRead =
      core.config.metrics.open ||
      loopback.test(request.clientAddress) ||
      request.identity.may('core.operate');
    if (!mayRead) {
      throw new AppError('forbidden', 'metrics.closed', 'Figures are for loopback and operators.', {
        next: 'Send the token of an operator, or set metrics.open.',
      });
    }
    return reply.type(core.metrics.registry.contentType).send(await core.metrics.registry.metrics());
  });
}
