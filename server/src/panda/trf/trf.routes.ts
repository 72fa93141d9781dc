import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { Routes } from '../../core/module.ts';
import { pandaErrors } from '../errors.ts';

/** Transformations by the names that clients of PanDA ask for (panda-client 2.0.2), and what each is made of. */
const scripts: Readonly<Record<string, readonly string[]>> = {
  'runGen-00-00-01': ['transformation.py', 'run-gen.py'],
  'runGen-00-00-02': ['transformation.py', 'run-gen.py'],
  'buildGen-00-00-01': ['transformation.py', 'build-gen.py'],
  'runLocal-00-00-01': ['run-local.sh'],
};

/** The text of a transformation, one file that needs nothing beside it; null when there is none of that name. */
export async function scriptOf(name: string): Promise<string | null> {
  const parts = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  if (parts === undefined) return null;
  const texts = await Promise.all(
    parts.map((part) => readFile(new URL(`./scripts/${part}`, import.meta.url), 'utf8')),
  );
  return texts.join('');
}

/** `/trf/user/<name>`: what pilots download, make executable and run with the parameters of the job. */
export const trfRoutes: Routes = (app) => {
  app.get<{ Params: { name: string } }>(
    '/trf/user/:name',
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
      const script = await scriptOf(request.params.name);
      if (script === null) {
        throw new AppError('missing', 'panda.file-unknown', 'There is no such transformation.', {
          next: `There are ${Object.keys(scripts).join(', ')}.`,
        });
      }
      const etag = `"${createHash('sha256').update(script).digest('base64url').slice(0, 22)}"`;
      void reply.headers({ etag, 'cache-control': 'no-cache' });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('text/plain; charset=utf-8').send(script);
    },
  );
};
