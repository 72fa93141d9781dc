import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { absoluteUrl } from '../../core/http/index.ts';
import type { Routes } from '../../core/module.ts';
import { pandaErrors } from '../errors.ts';
import { readOrigin } from '../front/caller.ts';
import { pandaSettings } from '../settings.ts';

/** Roles that the header Origin may name behind a VO. */
const roles = ['user', 'pilot', 'production'];

/**
 * `/auth/<vo>[.<role>]_auth_config.json`: where clients sign in for a VO (panda-client 2.0.2). It names the provider of
 * this server, whose address is kept for it.
 */
export const authRoutes: Routes = (app, core) => {
  app.get<{ Params: { file: string } }>(
    '/auth/:file',
    {
      config: {
        allow: 'public',
        errors: pandaErrors,
        credentials: { session: false },
        originIsData: true,
        family: 'PanDA information',
      },
    },
    async (request, reply) => {
      const vo = voOf(core, request.params.file);
      if (vo === null) {
        throw new AppError('missing', 'panda.file-unknown', 'There is no such VO here.', {
          next: 'Files are named <vo>_auth_config.json; the setting panda.vos lists the VOs.',
        });
      }
      return reply.header('cache-control', 'no-cache').send({
        audience: 'orrery',
        client_id: 'orrery-client',
        client_secret: null,
        oidc_config_url: absoluteUrl(request, '/.well-known/openid-configuration'),
        vo,
      });
    },
  );
};

/** The VO of a file that this server has; a name may hold dots of its own, or a role behind its last one. */
function voOf(core: Core, file: string): string | null {
  const { vos } = settingsOf(core.config, 'panda', pandaSettings);
  const name = /^(.{1,100})_auth_config\.json$/.exec(file)?.[1];
  if (name === undefined) return null;
  if (vos.includes(name)) return name;
  const { vo, role } = readOrigin(name);
  return role !== null && roles.includes(role) && vos.includes(vo) ? vo : null;
}
