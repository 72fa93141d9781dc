import { readFileSync } from 'node:fs';
import type { UwsPhase } from '@orrery/contracts/uws';
import { expect } from 'vitest';
import { createAccount, createToken } from '../../../server/src/core/auth/index.ts';
import { installDefinition, readDefinition } from '../../../server/src/uws/definitions/index.ts';
import { uws } from '../../../server/src/uws/index.ts';
import { changePhase } from '../../../server/src/uws/jobs/jobs.store.ts';
import { transitions } from '../../../server/src/uws/phases.ts';
import { serviceOf } from '../../../server/src/uws/service.ts';
import { childNamed, parseXml, type XmlElement } from '../../../server/src/uws/xml/parse.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { lab } from './lab.ts';

export type Who = 'alice' | 'bob' | 'operator' | 'runner' | 'nobody';

export interface Asked {
  method?: string;
  body?: NonNullable<RequestInit['body']>;
  /** A form, sent as application/x-www-form-urlencoded. */
  form?: Record<string, string> | string;
  headers?: Record<string, string>;
  /** alice unless told otherwise. */
  as?: Who;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Of the content type. */
  type: string;
  location: string;
  text: string;
}

/** A listening server with people and definitions, and what a client does with it. */
export interface World {
  server: TestServer;
  address: string;
  tokens: ReadonlyMap<Who, string>;
  /** Redirects are not followed. `where` is an address or a path of the server. */
  ask(where: string, asked?: Asked): Promise<Answer>;
  post(where: string, form: Record<string, string> | string, as?: Who): Promise<Answer>;
  /** The body of a GET that is answered 200. */
  read(where: string, as?: Who): Promise<string>;
  /** The parsed document of a GET that is answered 200. */
  document(where: string, as?: Who): Promise<XmlElement>;
  /** Makes a job of `hello` unless told otherwise, and gives its address. */
  create(form?: Record<string, string> | string, asked?: { in?: string; as?: Who }): Promise<string>;
  /** Makes a job and brings it to the phase along the table of transitions, without running anything. */
  inPhase(phase: UwsPhase): Promise<string>;
  /** What an executor or the server itself does: one change of phase; false when the table forbids it. */
  change(url: string, to: UwsPhase, who: 'executor' | 'server' | 'client'): Promise<boolean>;
  /** Waits for the end of a job and gives its last phase. */
  ended(url: string): Promise<string>;
  countJobs(): Promise<number>;
  /** A second server on the same database: the longest WAIT is a second, nobody needs an account, and may run one job at a time. */
  beside?: World;
}

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/uws/${name}`, import.meta.url), 'utf8');

const roles: Readonly<Record<Exclude<Who, 'nobody'>, string[]>> = {
  alice: ['user'],
  bob: ['user'],
  operator: ['operator'],
  runner: ['uws.run:hello'],
};

/** Starts the server of a file of tests. */
export async function aWorld(settings: Record<string, string> = {}): Promise<World> {
  const server = await testServer([uws], { 'compute.local.allowUnisolated': 'true', ...settings });
  const { core } = server;
  const definitions = [
    readDefinition(fixture('jdl-probe_vot.xml')),
    readDefinition(fixture('jdl-probe_file_vot.xml')),
    lab,
  ];
  for (const definition of definitions) await installDefinition(core.db, definition, 'tester', new Date());
  serviceOf(core).catalog.forget();
  const tokens = new Map<Who, string>();
  for (const name of ['alice', 'bob', 'operator', 'runner'] as const) {
    await createAccount(core.auth.context, { name: 'tester' }, { name, roles: roles[name] });
    tokens.set(name, await createToken(core.auth.context, { name: 'tester' }, { user: name }));
  }
  return worldOf(server, tokens);
}

/** The same with a second server on the same database. */
export async function twoServers(): Promise<World> {
  const first = await aWorld();
  const settings = {
    'compute.local.allowUnisolated': 'true',
    'uws.waitSeconds': '1',
    'uws.anonymous': 'run',
    'uws.maxActiveJobs': '1',
  };
  const second = worldOf(await testServer([uws], settings, first.server), first.tokens);
  return { ...first, beside: second };
}

/** The second server. */
export function besideOf({ beside }: World): World {
  if (beside === undefined) throw new Error('This clause needs two servers.');
  return beside;
}

/** Keeps a byte order mark, unlike `Response.text`. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function worldOf(server: TestServer, tokens: ReadonlyMap<Who, string>): World {
  const { address, core } = server;
  const ask: World['ask'] = async (where, { as = 'alice', form, headers = {}, ...rest } = {}) => {
    const token = tokens.get(as);
    const response = await fetch(where.startsWith('http') ? where : `${address}${where}`, {
      redirect: 'manual',
      ...rest,
      ...(form === undefined ? {} : { method: rest.method ?? 'POST', body: new URLSearchParams(form) }),
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      type: response.headers.get('content-type') ?? '',
      location: response.headers.get('location') ?? '',
      text: decoder.decode(await response.arrayBuffer()),
    };
  };
  const read: World['read'] = async (where, as = 'alice') => {
    const answer = await ask(where, { as });
    expect(answer.status, `${where}: ${answer.text}`).toBe(200);
    return answer.text;
  };
  const document: World['document'] = async (where, as) => parseXml(await read(where, as));
  const create: World['create'] = async (form = { NAME: 'x' }, { in: name = 'hello', as = 'alice' } = {}) => {
    const answer = await ask(`/rest/${name}`, { form, as });
    expect(answer.status, answer.text).toBe(303);
    return answer.location;
  };
  const change: World['change'] = (url, to, who) =>
    core.db.transaction(async (tx) => {
      core.db.afterCommit(tx, core.events.committed);
      return await changePhase(tx, idOf(url), { to, who, why: 'The test says so.', at: core.clock.now() });
    });
  return {
    server,
    address,
    tokens,
    ask,
    read,
    document,
    create,
    change,
    post: (where, form, as = 'alice') => ask(where, { form, as }),
    async inPhase(phase) {
      const url = await create();
      for (const { to, who } of wayTo(phase)) expect(await change(url, to, who[0] ?? 'server')).toBe(true);
      return url;
    },
    async ended(url) {
      for (let tries = 0; tries < 30; tries++) {
        const phase = textOf(await document(`${url}?WAIT=10`), 'phase');
        if (!['PENDING', 'QUEUED', 'EXECUTING'].includes(phase)) return phase;
      }
      throw new Error(`${url} did not end`);
    },
    async countJobs() {
      const [row] = await core.db.sql<{ n: number }[]>`select count(*)::int as n from uws.job`;
      return row?.n ?? 0;
    },
  };
}

/** The shortest way from PENDING, in the table of transitions. */
function wayTo(phase: UwsPhase) {
  const ways = new Map<UwsPhase, typeof transitions>([['PENDING', []]]);
  for (const [from, way] of ways) {
    for (const line of transitions) {
      if (line.from === from && !ways.has(line.to)) ways.set(line.to, [...way, line]);
    }
  }
  return ways.get(phase) ?? [];
}

export function idOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

/** The text of a child; '' when it is absent or nil. */
export function textOf(element: XmlElement, name: string): string {
  return childNamed(element, name)?.text ?? '';
}

/** Moments between which a call must not have waited for anything: far above any answer, far below any wait. */
export const atOnceMs = 10_000;

export async function msOf<T>(work: Promise<T>): Promise<[T, number]> {
  const startedMs = performance.now();
  const value = await work;
  return [value, performance.now() - startedMs];
}
