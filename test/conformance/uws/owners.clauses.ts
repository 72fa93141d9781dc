import { expect } from 'vitest';
import { childNamed } from '../../../server/src/uws/xml/parse.ts';
import { clause, type Group } from './clause.ts';
import { besideOf, textOf } from './world.ts';

/** Who is asking, and what is answered to whom. */
export const owners: Group = {
  title: 'Owners and credentials',
  file: 'owners.clauses.ts',
  clauses: [
    clause(
      '1.8-o01',
      'The authenticated creator is the owner, in the document, in the list and at /owner',
      'UWS 1.1 §2.1.8, §3',
      async (world) => {
        const url = await world.create({ NAME: 'x' }, { as: 'bob' });
        expect(textOf(await world.document(url, 'bob'), 'ownerId')).toBe('bob');
        expect(await world.read(`${url}/owner`, 'bob')).toBe('bob');
        expect(await world.read('/rest/hello', 'bob')).toContain('<uws:ownerId>bob</uws:ownerId>');
      },
    ),
    clause(
      '1.8-o02',
      'Without credentials the answer is 401 and names Bearer and Basic',
      'RFC 9110 §11.6.1',
      async (world) => {
        const url = await world.create();
        for (const where of ['/rest/hello', url, `${url}/phase`, `${url}/results`]) {
          const answer = await world.ask(where, { as: 'nobody' });
          expect([where, answer.status]).toEqual([where, 401]);
          expect(answer.headers.get('www-authenticate')).toMatch(/Bearer realm=.*Basic realm=/);
        }
        expect((await world.post('/rest/hello', 'NAME=x', 'nobody')).status).toBe(401);
      },
    ),
    clause(
      '1.8-o03',
      'The token is taken as Bearer and as the password of Basic',
      'pyvo, curl, OPUS',
      async (world) => {
        const token = world.tokens.get('alice') ?? '';
        const basic = Buffer.from(`alice:${token}`).toString('base64');
        for (const authorization of [`Bearer ${token}`, `Basic ${basic}`]) {
          const headers = { authorization };
          expect((await world.ask('/rest/hello', { as: 'nobody', headers })).status).toBe(200);
        }
        // Not the last sign: some of its bits are no part of the signature.
        const wrong = { authorization: `Bearer ${token.slice(0, -9)}${'A'.repeat(9)}` };
        expect((await world.ask('/rest/hello', { as: 'nobody', headers: wrong })).status).toBe(401);
      },
    ),
    clause(
      '1.8-o04',
      'A job of another is 403, and the answer says nothing of it',
      'UWS 1.1 §3',
      async (world) => {
        const url = await world.create({ NAME: 'secret', RUNID: 'secret' });
        const answer = await world.ask(url, { as: 'bob' });
        expect(answer.status).toBe(403);
        expect(answer.text).not.toMatch(/secret|alice|PENDING|hello/);
      },
    ),
    clause('1.8-o05', 'An operator sees and controls the jobs of everybody', 'UWS 1.1 §3', async (world) => {
      const url = await world.create();
      expect(textOf(await world.document(url, 'operator'), 'ownerId')).toBe('alice');
      expect((await world.post(`${url}/phase`, 'PHASE=ABORT', 'operator')).status).toBe(303);
    }),
    clause(
      '1.8-o06',
      'Who may run one definition may not run another: 403',
      'UWS 1.1 §3; OPUS (roles)',
      async (world) => {
        await world.create({ NAME: 'x' }, { as: 'runner' });
        const before = await world.countJobs();
        expect((await world.post('/rest/probe', 'text=x', 'runner')).status).toBe(403);
        expect(await world.countJobs()).toBe(before);
      },
    ),
    clause('1.8-o07', 'Uploads and results are behind the same door as the job', 'ours', async (world) => {
      const body = new FormData();
      body.set('needed', 'x');
      body.set('image', new Blob(['secret']), 'a');
      const url = (await world.ask('/rest/lab', { method: 'POST', body })).location;
      for (const [as, status] of [
        ['alice', 200],
        ['bob', 403],
        ['nobody', 401],
      ] as const) {
        expect([as, (await world.ask(`${url}/parameters/image`, { as })).status]).toEqual([as, status]);
      }
    }),
    clause(
      '1.8-o09',
      'Where the operator lets callers without an identity run jobs, these have no owner: nil, and empty at /owner',
      'UWS 1.1 §2.1.8',
      async (world) => {
        const open = besideOf(world);
        const url = await open.create({ NAME: 'x' }, { as: 'nobody' });
        const owner = childNamed(await open.document(url, 'nobody'), 'ownerId');
        expect(owner?.attributes).toMatchObject({ nil: 'true' });
        expect(await open.read(`${url}/owner`, 'nobody')).toBe('');
        const mine = await open.create();
        expect((await open.ask(mine, { as: 'nobody' })).status).toBe(403);
        expect(await open.read('/rest/hello', 'nobody')).not.toContain(mine);
      },
    ),
    clause(
      '1.8-o08',
      'A page of another origin that sends the cookie of a session changes nothing',
      'ours (CSRF)',
      async (world) => {
        const { core } = world.server;
        const signedIn = await fetch(`${world.address}/api/core/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: 'admin', password: 'a long enough password' }),
        });
        const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
        expect([signedIn.ok, cookie === '', core.config.http.port]).toEqual([true, false, 0]);
        const before = await world.countJobs();
        const foreign = { cookie, origin: 'https://evil.example' };
        const answer = await world.ask('/rest/hello', { form: 'NAME=x', headers: foreign, as: 'nobody' });
        expect([answer.status, await world.countJobs()]).toEqual([403, before]);
        const own = { cookie, origin: world.address };
        expect((await world.ask('/rest/hello', { form: 'NAME=x', headers: own, as: 'nobody' })).status).toBe(
          303,
        );
      },
    ),
  ],
};
