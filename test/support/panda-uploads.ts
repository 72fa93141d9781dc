import { createAccount, createToken } from '../../server/src/core/auth/index.ts';
import type { TestServer } from './server.ts';

/** Addresses of methods, in both generations. */
export const v1 = (method: string): string => `/api/v1/file_server/${method}`;
export const legacy = (method: string): string => `/server/panda/${method}`;

export const bearer = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}`, origin: 'local' };

const boundary = '------------------------90e42fd729cd7ef7';
export const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` };

/** The head of a multipart body, up to the bytes of the file. */
export const formHead = (filename: string, field = 'file'): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\n` +
  'Content-Type: application/octet-stream\r\n\r\n';

const form = (filename: string, content: Uint8Array | string, field?: string): Buffer =>
  Buffer.concat([
    Buffer.from(formHead(filename, field)),
    Buffer.from(content),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);

/** What clients of the file cache do, as two users and a pilot. */
export async function cacheClients({ app, core }: TestServer) {
  const actor = { name: 'test' };
  const tokenOf = async (name: string, role: string): Promise<string> => {
    await createAccount(core.auth.context, actor, { name, roles: [role] });
    return await createToken(core.auth.context, actor, { user: name, expires: '1h', vo: 'local' });
  };
  const user = await tokenOf('rigel', 'user');
  const other = await tokenOf('bellatrix', 'user');
  const pilot = await tokenOf('robot', 'panda.pilot');
  const upload = (
    url: string,
    filename: string,
    content: Uint8Array | string,
    token: string | null = user,
    field?: string,
  ) =>
    app.inject({
      method: 'POST',
      url,
      headers: { ...multipart, ...bearer(token) },
      payload: form(filename, content, field),
    });
  return {
    user,
    other,
    pilot,
    upload,
    /** upload_cache_file. */
    put: async (name: string, content: Uint8Array | string, token: string | null = user) =>
      (await upload(v1('upload_cache_file'), name, content, token)).json(),
    /** A method of v1 with a body of JSON. */
    call: async (method: string, body: object, token: string | null = user) =>
      (await app.inject({ method: 'POST', url: v1(method), headers: bearer(token), payload: body })).json(),
    /** A legacy method with a form. */
    old: async (method: string, fields: Record<string, string>, token: string | null = user) =>
      (
        await app.inject({
          method: 'POST',
          url: legacy(method),
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...bearer(token) },
          payload: new URLSearchParams(fields).toString(),
        })
      ).body,
    get: (name: string, headers: Record<string, string> = {}) =>
      app.inject({ method: 'GET', url: `/cache/${name}`, headers }),
  };
}
