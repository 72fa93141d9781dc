import { gzipSync } from 'node:zlib';
import { createAccount, createToken } from '../../server/src/core/auth/index.ts';
import type { TestServer } from './server.ts';

/** What a pilot calls; answers are read as the pilot reads them. */
export interface TestPilot {
  readonly token: string;
  /** A legacy method with a gzip JSON body that does not say so, as pilot3 sends it. */
  call(method: string, fields: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  v1(path: string, values: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

/** A pilot with a token for a VO, or for all. */
export async function aPilot(
  server: TestServer,
  { name = 'the-pilot', role = 'panda.pilot', vo }: { name?: string; role?: string; vo?: string } = {},
): Promise<TestPilot> {
  const { context } = server.core.auth;
  const actor = { name: 'test' };
  const grant = vo === undefined ? role : `${role}:${vo}`;
  await createAccount(context, actor, { name, roles: [grant] });
  const token = await createToken(context, actor, {
    user: name,
    expires: '1h',
    ...(vo === undefined ? {} : { vo }),
  });
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(vo === undefined ? {} : { origin: vo }),
  };
  return {
    token,
    async call(method, fields) {
      const answer = await server.app.inject({
        method: 'POST',
        url: `/server/panda/${method}`,
        headers: { ...headers, accept: 'application/json' },
        payload: gzipSync(JSON.stringify(fields)),
      });
      if (answer.statusCode !== 200) throw new Error(`${method}: ${answer.statusCode} ${answer.body}`);
      return answer.json();
    },
    async v1(path, values) {
      const answer = await server.app.inject({
        method: 'POST',
        url: `/api/v1/${path}`,
        headers,
        payload: JSON.stringify(values),
      });
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
      return answer.json();
    },
  };
}
