import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { testServer } from '../../../../test/support/server.ts';
import { createAccount, createToken, revokeToken, setDisabled } from '../../core/auth/index.ts';
import { panda } from '../index.ts';
import { readOrigin } from './caller.ts';

const server = await testServer([panda], { 'panda.vos': 'local,vo.example.org' });
const { context } = server.core.auth;
const actor = { name: 'test' };

async function account(name: string, ...roles: string[]): Promise<void> {
  await createAccount(context, actor, { name, roles });
}
await account('pilot', 'panda.pilot');
await account('producer', 'panda.production:local');
await account('somebody', 'user');
const pilot = await createToken(context, actor, { user: 'pilot' });
const producer = await createToken(context, actor, { user: 'producer' });
const user = await createToken(context, actor, { user: 'somebody' });
const otherVo = await createToken(context, actor, { user: 'pilot', vo: 'atlas' });

interface Call {
  token?: string;
  origin?: string;
  accept?: string;
  type?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
}

/** One request through the real door: no client library tidies anything up. */
async function call(path: string, call: Call = {}): Promise<{ status: number; type: string; text: string }> {
  const { token, origin, accept, type, body, headers, method = body === undefined ? 'GET' : 'POST' } = call;
  const answer = await fetch(`${server.address}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(origin === undefined ? {} : { origin }),
      ...(accept === undefined ? {} : { accept }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

const json = 'application/json';

/** What the server takes a caller for, by its own words. */
async function knownAs(token: string, origin?: string): Promise<string[]> {
  const { text } = await call('/server/panda/getAttr', {
    token,
    ...(origin === undefined ? {} : { origin }),
  });
  return text.split('\n').filter((line) => /^(PANDA_OIDC|GRST|SSL_CLIENT)/.test(line));
}

describe('Origin', () => {
  test.each([
    ['atlas', 'atlas', null],
    ['atlas.pilot', 'atlas', 'pilot'],
    ['atlas:pilot', 'atlas', 'pilot'],
    ['atlas.', 'atlas', null],
    ['a.b.role', 'a.b', 'role'],
    ['vo.example.org', 'vo.example.org', null],
    ['vo.example.org:production', 'vo.example.org', 'production'],
    ['.pilot', '.pilot', null],
    [':pilot', ':pilot', null],
  ])('%s names the VO %s and the role %s', (origin, vo, role) => {
    expect(readOrigin(origin)).toEqual({ vo, role });
  });

  test('names the VO, and the role as an attribute', async () => {
    expect(await knownAs(pilot, 'local.pilot')).toEqual([
      'GRST_CRED_AUTH_TOKEN_0 : VOMS /local/Role=pilot',
      'PANDA_OIDC_ROLE : pilot',
      'PANDA_OIDC_VO : local',
      'SSL_CLIENT_S_DN : pilot',
    ]);
    expect(await knownAs(pilot, 'vo.example.org:pilot')).toContain('PANDA_OIDC_VO : vo.example.org');
    expect(await knownAs(pilot, 'vo.example.org')).not.toContain('PANDA_OIDC_ROLE : pilot');
    expect(await knownAs(producer, 'local.production')).toContain('PANDA_OIDC_ROLE : production');
  });

  test('is not needed, and a token made for a VO has it anyway', async () => {
    expect(await knownAs(pilot)).toEqual(['SSL_CLIENT_S_DN : pilot']);
    expect(await knownAs(otherVo)).toContain('PANDA_OIDC_VO : atlas');
    expect(await knownAs(otherVo, 'atlas.pilot')).toContain('PANDA_OIDC_ROLE : pilot');
  });

  test('a production role of one VO is one where that VO is named, or something of it is changed', async () => {
    const isProduction = async (origin?: string) => {
      const answer = await call('/api/v1/system/get_user_attributes', {
        token: producer,
        ...(origin === undefined ? {} : { origin }),
      });
      const { data } = JSON.parse(answer.text) as { data: { attributes?: object } };
      return JSON.stringify(data).includes('"is_production_user":true');
    };
    expect(await isProduction('local')).toBe(true);
    expect(await isProduction()).toBe(false);
  });

  test.each([
    ['a VO that is not known', pilot, 'nowhere', 'Unknown vo : nowhere'],
    ['a VO other than that of the token', otherVo, 'local', 'Unknown vo : local'],
    [
      'a role the caller does not hold',
      user,
      'local.production',
      'Not a member of the local/production group',
    ],
    ['a role nobody has heard of', pilot, 'local.king', 'Not a member of the local/king group'],
    ['the address of a page', pilot, 'https://evil.example', 'Unknown vo : https'],
    [
      'a production role of another VO',
      producer,
      'vo.example.org:production',
      'Not a member of the vo.example.org/production group',
    ],
  ])('%s is refused with 403 and a sentence', async (_what, token, origin, sentence) => {
    for (const path of ['/server/panda/isAlive', '/api/v1/system/is_alive']) {
      expect(await call(path, { token, origin })).toMatchObject({
        status: 403,
        type: expect.stringContaining('text/plain'),
        text: `ERROR : Token authentication failed. ${sentence}`,
      });
    }
  });

  test('without credentials means nothing', async () => {
    expect(await call('/server/panda/isAlive', { origin: 'nowhere' })).toMatchObject({
      status: 200,
      text: 'alive=yes',
    });
  });
});

describe('credentials', () => {
  test.each([
    ['nonsense', 'x.y.z'],
    ['a changed token', `${pilot.slice(0, -6)}aaaaaa`],
  ])('%s is refused with 403 and a sentence, and no challenge', async (_what, token) => {
    for (const path of ['/server/panda/isAlive', '/api/v1/system/is_alive', '/api/latest/system/is_alive']) {
      const answer = await call(path, { token });
      expect(answer.status).toBe(403);
      expect(answer.text).toMatch(/^ERROR : Token authentication failed\. \S/);
    }
  });

  test('a revoked token is refused', async () => {
    const token = await createToken(context, actor, { user: 'pilot' });
    expect((await call('/server/panda/isAlive', { token })).status).toBe(200);
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      jti: string;
    };
    await revokeToken(context, actor, jti);
    await expect
      .poll(async () => (await call('/server/panda/isAlive', { token })).text, { timeout: 10_000 })
      .toMatch(/^ERROR : Token authentication failed\. This token was revoked\./);
  });

  test('the token of a closed account is that of a banned user', async () => {
    await account('banned', 'panda.pilot');
    const token = await createToken(context, actor, { user: 'banned' });
    await setDisabled(context, actor, 'banned', true);
    await expect
      .poll(async () => await call('/api/v1/system/is_alive', { token }), { timeout: 10_000 })
      .toMatchObject({ status: 403, text: 'ERROR : banned is banned' });
  });

  test('v1 refuses those who show none, and those without the role, in the envelope', async () => {
    expect(JSON.parse((await call('/api/v1/system/get_user_attributes')).text)).toEqual({
      success: false,
      message: 'SSL secure connection is required',
      data: null,
    });
    const role = await call('/api/v1/harvester/acknowledge_commands', {
      token: user,
      type: json,
      body: '{"command_ids":[]}',
    });
    expect(JSON.parse(role.text)).toEqual({
      success: false,
      message: 'production or pilot role required',
      data: null,
    });
  });

  test('a token of an answer is shown to nobody', async () => {
    const { text } = await call('/api/v1/system/get_attributes?token=abc&plain=x', {
      token: pilot,
      headers: { cookie: 'session=secret-cookie' },
    });
    expect(text).toContain('plain = x');
    for (const secret of [pilot, 'abc', 'secret-cookie']) expect(text).not.toContain(secret);
  });
});

describe('bodies', () => {
  const fields = { jobId: '4', state: 'running', flag: true };
  const lines = 'flag = True\njobId = 4\nstate = running\n';

  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'jobId=4&state=running&flag=True'],
    ['JSON', json, JSON.stringify(fields)],
    ['gzip JSON that does not say so', json, gzipSync(JSON.stringify(fields))],
    [
      'gzip form that does not say so',
      'application/x-www-form-urlencoded',
      gzipSync('jobId=4&state=running&flag=True'),
    ],
  ])('%s gives the same fields', async (_what, type, body) => {
    const { text } = await call('/server/panda/getAttr', { token: pilot, type, body });
    expect(text).toContain(`===== param =====\n${lines}`);
  });

  test('gzip that says so is inflated once', async () => {
    const { text } = await call('/server/panda/getAttr', {
      type: json,
      body: gzipSync(JSON.stringify(fields)),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(text).toContain(lines);
  });

  test.each([
    ['broken gzip', Buffer.concat([gzipSync('{"a":1}').subarray(0, 12), Buffer.from('xxxxxxxx')])],
    ['no JSON', '{"jobId":'],
    ['a list', '[1]'],
    ['a number', '4'],
    ['nested far too deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('%s is 400 with a sentence on both front ends', async (_what, body) => {
    for (const path of ['/server/panda/getAttr', '/api/v1/harvester/heartbeat']) {
      const answer = await call(path, { token: pilot, type: json, body });
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/^ERROR : .+\.$/);
    }
  });

  test('a large body without credentials is refused unread', async () => {
    const body = `{"a":"${'b'.repeat(2 << 20)}"}`;
    const answer = await call('/server/panda/isAlive', { type: json, body });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('without credentials') });
    expect((await call('/server/panda/isAlive', { token: pilot, type: json, body })).status).toBe(200);
  });

  test('a bomb of gzip is refused before it fills the memory', async () => {
    const answer = await call('/server/panda/getAttr', {
      type: json,
      body: gzipSync(Buffer.alloc(64 << 20, 'a')),
    });
    expect(answer.status).toBe(413);
  });
});

describe('methods', () => {
  test.each([
    ['/server/panda/noSuchMethod', 'noSuchMethod'],
    ['/server/panda/constructor', 'constructor'],
    ['/api/v1/system/nothing', 'nothing'],
    ['/api/v1/nothing/is_alive', 'is_alive'],
    ['/api/v1/system/__proto__', '__proto__'],
  ])('%s is forbidden', async (path, name) => {
    expect(await call(path)).toMatchObject({ status: 403, text: `ERROR : method ${name} is forbidden` });
  });

  test.each([
    '/server/panda/isAlive/more',
    '/server/panda/a/b',
    '/server/panda',
    '/server/other/isAlive',
    '/api/v1/system',
    '/api/v1/system/is_alive/x',
    '/api/latest/system/is_alive/x?a=1',
  ])('%s names no method', async (path) => {
    expect(await call(path)).toMatchObject({ status: 403, text: 'ERROR : method  is forbidden' });
  });

  test('a long name is cut', async () => {
    const { status, text } = await call(`/server/panda/${'x'.repeat(90)}`);
    expect(status).toBe(403);
    expect(text.length).toBeLessThan(140);
  });

  test('v1 names the verb it expects', async () => {
    const answer = await call('/api/v1/system/is_alive', { method: 'POST', body: '{}', type: json });
    expect(JSON.parse(answer.text)).toEqual({
      success: false,
      message: 'expecting GET, received POST',
      data: null,
    });
    expect((await call('/api/v1/system/is_alive', { method: 'DELETE' })).status).toBe(403);
  });

  test('a legacy method takes both verbs', async () => {
    expect((await call('/server/panda/isAlive')).text).toBe('alive=yes');
    expect((await call('/server/panda/isAlive', { body: '' })).text).toBe('alive=yes');
  });

  test('latest is v1', async () => {
    const answer = await call('/api/latest/system/is_alive');
    expect(answer).toEqual(await call('/api/v1/system/is_alive'));
    expect(JSON.parse(answer.text)).toEqual({ success: true, message: '', data: null });
    expect(answer.type).toContain(json);
  });

  test('v1 reads the arguments of a query', async () => {
    const answer = await call('/api/v1/statistics/job_stats_by_cloud?type=nothing');
    expect(JSON.parse(answer.text)).toMatchObject({ success: false });
    const unknown = await call('/api/v1/statistics/job_stats_by_cloud?nothing=1');
    expect(JSON.parse(unknown.text)).toMatchObject({
      message: "Argument error: got an unexpected keyword argument 'nothing'",
    });
  });
});
