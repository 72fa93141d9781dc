import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SavedView, UwsJobPage, UwsJobRow } from '@orrery/contracts';
import { crdsActed, crdsAnswer } from './crds-answers.ts';
import * as fixtures from './fixtures.ts';
import { pandaActed, pandaAnswer } from './panda-answers.ts';
import { emptyJob, goneJob, manyResultsJob, previewFiles, previewJob } from './preview-files.ts';

const dist = process.env.ORRERY_WEB_DIST ?? fileURLToPath(new URL('../../web/dist/', import.meta.url));

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** As strict as the server sends it; a page that breaks it fails the tests. */
const policy =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export interface MockServer {
  url: string;
  /** Sends an event to every open stream. */
  publish(topic: string, key: string, data: unknown): void;
  /** Ends all streams and refuses new ones while `false`. */
  setStreams(open: boolean): void;
  /** Answers everything of the API with 503 while `true`. */
  setFailing(failing: boolean): void;
  /** Who is signed in. */
  setMe(me: typeof fixtures.me): void;
  /** From now on there is nothing at this path. */
  remove(path: string): void;
  /** Refuses the next change with 400 and this error. */
  refuseNext(error: object): void;
  /** What was saved before; none at first. */
  setViews(views: readonly SavedView[]): void;
  /** Replaces the answer of a GET path. */
  setAnswer(path: string, body: unknown): void;
  /** How many event streams are open now. */
  openStreams(): number;
  /** Bodies of what the page sent, newest last. */
  readonly sent: Array<{ method: string; path: string; body: string }>;
  close(): Promise<void>;
}

/** Serves the built page and canned answers shaped by the contracts; no database, no state but what tests set. */
export async function startMockServer(): Promise<MockServer> {
  const streams = new Set<ServerResponse>();
  const sent: MockServer['sent'] = [];
  const answers = new Map<string, unknown>();
  let me = fixtures.me;
  let streamsOpen = true;
  let failing = false;
  let eventId = 0;
  let views: SavedView[] = [];
  let refusal: object | undefined;
  const removed = new Set<string>();

  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://mock');
    const { pathname } = url;
    if (pathname === '/') return redirect(response, '/ui/');
    if (pathname === '/ui' || pathname.startsWith('/ui/')) return sendPage(response);
    if (pathname.startsWith('/assets/')) return sendAsset(response, pathname);
    if (pathname.startsWith('/files/')) return sendFile(request, response, pathname);
    if (pathname === '/api/core/events') return openStream(request, response);
    if (request.method !== 'GET') {
      const body = await readBody(request);
      sent.push({ method: request.method ?? '', path: pathname + url.search, body });
      if (refusal !== undefined) {
        const error = { ...problem('', ''), ...refusal };
        refusal = undefined;
        return sendJson(response, 400, error);
      }
      return act(request.method ?? '', pathname, response);
    }
    if (failing)
      return sendJson(response, 503, problem('core.database-busy', 'The database took longer than 5 s.'));
    if (pathname.startsWith('/rest/'))
      return sendText(response, 'application/xml', '<uws:job><uws:jobId>k3m9x7q2</uws:jobId></uws:job>');
    if (pathname === '/api/core/views') {
      const list = url.searchParams.get('list');
      return sendJson(response, 200, { rows: views.filter((view) => view.list === list) });
    }
    const body = answers.get(pathname) ?? canned(url, me);
    if (body === undefined || removed.has(pathname))
      return sendJson(response, 404, problem('http.path-unknown', 'There is nothing at this address.'));
    if (typeof body === 'string') return sendText(response, 'text/plain', body);
    return sendJson(response, 200, body);
  }

  function act(method: string, pathname: string, response: ServerResponse): unknown {
    if (pathname === '/api/core/session') {
      const body = sent.at(-1)?.body ?? '';
      if (method === 'POST' && body.includes('wrong'))
        return sendJson(
          response,
          401,
          problem('auth.password-wrong', 'The account or the password is wrong.', 'Try again.'),
        );
      me = method === 'POST' ? fixtures.me : fixtures.nobody;
      return sendJson(response, 200, me);
    }
    if (pathname === '/api/core/password') {
      me = fixtures.me;
      return sendJson(response, 200, me);
    }
    if (pathname.startsWith('/api/panda/')) {
      const acted = pandaActed(method, pathname.slice('/api/panda/'.length), sent.at(-1)?.body ?? '');
      return sendJson(response, acted === undefined ? 204 : 200, acted);
    }
    if (pathname.startsWith('/api/crds/'))
      return sendJson(response, 200, crdsActed(pathname, sent.at(-1)?.body ?? ''));
    if (pathname === '/api/uws/jobs') return sendJson(response, 201, fixtures.runningJob);
    const view = /^\/api\/core\/views(?:\/([^/]+))?$/.exec(pathname);
    if (view !== null) return changeViews(method, view[1], response);
    const job = /^\/api\/uws\/jobs\/([^/]+)(\/keep|\/share)?$/.exec(pathname);
    if (job !== null && sent.at(-1)?.path.includes('undoSeconds=10') === true)
      return sendJson(response, 202, {
        id: job[1],
        deletesAt: new Date(fixtures.now + 10_000).toISOString(),
      });
    const known = () => canned(new URL(`http://mock/api/uws/jobs/${job?.[1]}`), me) as object;
    if (job?.[2] === '/keep') return sendJson(response, 200, { ...known(), deletesAt: null });
    if (job?.[2] === '/share') return sendJson(response, 201, fixtures.share);
    if (method === 'PATCH' && job !== null)
      return sendJson(response, 200, { ...known(), ...(JSON.parse(sent.at(-1)?.body ?? '{}') as object) });
    if (method === 'DELETE') return sendJson(response, 204, undefined);
    if (/^\/api\/uws\/jobs\/[^/]+\/phase$/.test(pathname))
      return sendJson(response, 200, { ...fixtures.completedJob, phase: 'ABORTED' });
    return sendJson(response, 204, undefined);
  }

  /** Saved views are the one thing that pages change and read again. */
  function changeViews(method: string, id: string | undefined, response: ServerResponse): unknown {
    if (method === 'DELETE') {
      views = views.filter((view) => view.id !== id);
      return sendJson(response, 204, undefined);
    }
    const body = JSON.parse(sent.at(-1)?.body ?? '') as Partial<SavedView> & { first?: true };
    const { first, ...change } = body;
    const before = views.find((view) => view.id === id);
    const made = { id: `v${views.length + 10}`, mine: true, owner: me.name, shared: false };
    const view = { ...(before ?? made), ...change } as SavedView;
    if (first === true) views = [view, ...views.filter((each) => each.id !== id)];
    else if (before === undefined) views = [...views, view];
    else views = views.map((each) => (each.id === id ? view : each));
    return sendJson(response, before === undefined ? 201 : 200, view);
  }

  function openStream(request: IncomingMessage, response: ServerResponse): unknown {
    if (!streamsOpen) return sendJson(response, 503, problem('core.closing', 'The server is closing.'));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 500\n\n');
    streams.add(response);
    return request.on('close', () => streams.delete(response));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    openStreams: () => streams.size,
    publish(topic, key, data) {
      eventId += 1;
      const event = { id: String(eventId), topic, key, at: new Date().toISOString(), data };
      for (const stream of streams) stream.write(`id: ${eventId}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    setStreams(open) {
      streamsOpen = open;
      if (!open) for (const stream of streams) stream.destroy();
    },
    setFailing(value) {
      failing = value;
    },
    setMe(value) {
      me = value;
    },
    remove(pathname) {
      removed.add(pathname);
    },
    refuseNext(error) {
      refusal = error;
    },
    setViews(value) {
      views = [...value];
    },
    setAnswer(pathname, body) {
      answers.set(pathname, body);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const problem = (code: string, message: string, next?: string) => ({
  code,
  message,
  ...(next === undefined ? {} : { next }),
  requestId: '01jda87q',
});

/** The canned answer of a GET; undefined when there is none. */
function canned(url: URL, me: typeof fixtures.me): unknown {
  const { pathname, searchParams } = url;
  const known: Record<string, unknown> = {
    '/api/core/me': me,
    '/api/core/board': fixtures.board,
    '/api/core/schedules': fixtures.schedules,
    '/api/core/processes': fixtures.processes,
    '/api/core/audit': { rows: fixtures.changes, newer: null, older: null, about: null, tookMs: 1.2 },
    '/api/core/tokens': fixtures.tokens,
    '/api/core/sessions': { rows: [] },
    '/api/core/accounts': { rows: fixtures.accounts, next: null },
    '/api/uws/definitions': { rows: fixtures.definitions },
    '/api/uws/jobs/facets': {
      phases: {
        PENDING: 10_000,
        QUEUED: 10_000,
        EXECUTING: 10_000,
        COMPLETED: 50_000,
        ERROR: 10_000,
        ABORTED: 10_000,
        HELD: 0,
      },
      exact: true,
      tookMs: 3,
    },
  };
  if (pathname in known) return known[pathname];
  if (pathname.startsWith('/api/panda/')) return pandaAnswer(url);
  if (pathname.startsWith('/api/crds/')) return crdsAnswer(url);
  if (pathname === '/api/uws/jobs/count') return { count: 100_000, tookMs: 212 };
  if (/^\/api\/uws\/definitions\/[^/]+\/versions$/.test(pathname)) return fixtures.versions;
  if (pathname === '/api/core/find') return found(searchParams.get('q') ?? '');
  if (pathname === '/api/uws/jobs') return jobPage(searchParams);
  const definition = /^\/api\/uws\/definitions\/([^/]+)$/.exec(pathname);
  if (definition !== null) return fixtures.definitions.find((each) => each.name === definition[1]);
  if (/^\/api\/uws\/jobs\/[^/]+\/log\/search$/.test(pathname)) return logSearch(searchParams.get('q') ?? '');
  const part = /^\/api\/uws\/jobs\/([^/]+)(\/why|\/log)?$/.exec(pathname);
  if (part === null) return undefined;
  if (part[2] === '/why') return fixtures.why;
  if (part[2] === '/log') return logPiece(Number(searchParams.get('fromByte') ?? 0), part[1] === 'p8w2v5h1');
  const jobs = [
    previewJob,
    manyResultsJob,
    emptyJob,
    goneJob,
    fixtures.completedJob,
    fixtures.runningJob,
    fixtures.failedJob,
    fixtures.pendingJob,
    fixtures.archivedJob,
    fixtures.leavingJob,
  ];
  const listed = indexOf(part[1] ?? '');
  return (
    jobs.find((job) => job.id === part[1]) ??
    (listed === undefined ? undefined : { ...fixtures.completedJob, ...fixtures.jobRow(listed) })
  );
}

function found(query: string): unknown[] {
  return query.startsWith('k3m')
    ? [
        {
          service: 'uws',
          kind: 'UWS job',
          id: 'k3m9x7q2',
          title: 'bkg_sources / k3m9x7q2',
          href: '/ui/services/bkg_sources/jobs/k3m9x7q2',
          note: 'COMPLETED, 15 min ago',
        },
      ]
    : [];
}

/** The index of a listed job, from its id. */
function indexOf(id: string): number | undefined {
  const match = /^j([0-9a-z]+?)k[0-9a-z]{4,}brwnzsubxu4zn5$/.exec(id);
  return match === null ? undefined : 10_000_000 - Number.parseInt(match[1] ?? '', 36);
}

/** A keyset page of the 100,000 jobs; the cursor is the index of its first row. */
function jobPage(query: URLSearchParams): UwsJobPage {
  const limit = Number(query.get('limit') ?? 100);
  const phases = query.getAll('phase');
  const owner = query.get('owner');
  const definition = query.get('definition');
  const fits = (row: UwsJobRow) =>
    (phases.length === 0 || phases.includes(row.phase)) &&
    (owner === null || row.owner === owner) &&
    (definition === null || row.definition === definition);
  const rows: UwsJobRow[] = [];
  let index = Number(query.get('cursor') ?? fixtures.indexAt(query.get('at')));
  const from = index;
  for (; index < fixtures.jobTotal && rows.length < limit; index += 1) {
    const row = fixtures.jobRow(index);
    if (fits(row)) rows.push(row);
  }
  return {
    rows,
    newer: from === 0 ? null : String(Math.max(0, from - limit)),
    older: index < fixtures.jobTotal ? String(index) : null,
    about: fixtures.jobTotal,
    tookMs: 14,
  };
}

const logLines = Array.from({ length: 4000 }, (_, line) =>
  line % 97 === 0
    ? `WARNING cell ${line % 64},${line % 40} has 92 % masked pixels`
    : line === 3990
      ? '\u001b[31mERROR\u001b[0m <b>not bold</b> the mesh is too fine'
      : `mesh 64 px: line ${line} of the log of this job`,
);
const logText = `${logLines.join('\n')}\n`;

function logPiece(asked: number, growing: boolean) {
  const fromByte = asked < 0 ? Math.max(0, logText.length + asked) : Math.min(asked, logText.length);
  const text = logText.slice(fromByte, fromByte + 65_536);
  return { text, fromByte, nextByte: fromByte + text.length, ended: !growing, sizeBytes: logText.length };
}

/** As the server searches: all matches, and the first thousand lines with the bytes they begin at. */
function logSearch(q: string) {
  let fromByte = 0;
  const hits = logLines.flatMap((text, index) => {
    const hit = { line: index + 1, fromByte, text };
    fromByte += text.length + 1;
    return text.toLowerCase().includes(q.toLowerCase()) ? [hit] : [];
  });
  const sizeBytes = logText.length;
  return {
    matches: hits.length,
    lines: hits.length,
    hits: hits.slice(0, 1000),
    scannedBytes: sizeBytes,
    sizeBytes,
    complete: true,
  };
}

function sendPage(response: ServerResponse): unknown {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
  return response.end(readFileSync(path.join(dist, 'index.html')));
}

function sendAsset(response: ServerResponse, pathname: string): unknown {
  try {
    const body = readFileSync(path.join(dist, path.normalize(pathname)));
    response.writeHead(200, { 'content-type': types[path.extname(pathname)] ?? 'application/octet-stream' });
    return response.end(body);
  } catch {
    return sendJson(response, 404, problem('http.path-unknown', 'There is no such file.'));
  }
}

/** Whole, or one range of it, with the headers of bytes that a user made. */
function sendBytes(request: IncomingMessage, response: ServerResponse, type: string, bytes: Buffer): unknown {
  const headers = {
    'content-type': type,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) return response.writeHead(200, headers).end(bytes);
  const start = Number(range[1]);
  const end = Math.min(Number(range[2]), bytes.length - 1);
  if (start >= bytes.length)
    return response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${end}/${bytes.length}` });
  return response.end(bytes.subarray(start, end + 1));
}

function sendFile(request: IncomingMessage, response: ServerResponse, pathname: string): unknown {
  const send = (type: string, text: string) =>
    sendBytes(request, response, `${type}; charset=utf-8`, Buffer.from(text));
  const known = previewFiles.get(pathname.slice('/files/'.length));
  if (known !== undefined) return sendBytes(request, response, known.type, known.bytes);
  if (pathname === '/files/gone')
    return sendJson(response, 404, problem('uws.part-unknown', 'There is no result gone.'));
  if (pathname.endsWith('.csv')) {
    const rows = Array.from(
      { length: 300 },
      (_, n) =>
        `${n + 1},${(53.1 + n / 1000).toFixed(5)},${(-27.8 + n / 2000).toFixed(5)},${(1284.5 / (n + 1)).toFixed(2)},"note, ${n}"`,
    );
    return send('text/csv', ['id,ra,dec,flux,note', ...rows].join('\n'));
  }
  if (pathname.endsWith('header.json')) {
    const cards = [
      ['SIMPLE', true, 'conforms to FITS'],
      ['BITPIX', -32, 'bits per pixel'],
      ['TELESCOP', 'HST', ''],
      ['INSTRUME', 'ACS', ''],
      ['EXPTIME', 1200, 'seconds'],
    ].map(([keyword, value, comment]) => ({ keyword, value, comment }));
    return send('application/json', JSON.stringify({ hdus: [{ index: 0, cards }] }));
  }
  if (pathname.endsWith('histogram.json')) {
    const counts = Array.from({ length: 64 }, (_, bin) =>
      Math.round(4000 * Math.exp(-((bin - 20) ** 2) / 160)),
    );
    return send(
      'application/json',
      JSON.stringify({ edges: Array.from({ length: 65 }, (_, bin) => bin / 10), counts }),
    );
  }
  if (pathname.endsWith('.png')) {
    return sendBytes(request, response, 'image/png', smallPng);
  }
  return send('text/plain', 'Hello, world.\n<script>alert(1)</script>\n');
}

/** 8 × 8 grey pixels. */
const smallPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAASUlEQVR42mNggANWLn4RSTllBgYuETkNIxs3BgZ+OV0b76hMBgYRDZuAlIoeBgZJI++U2mnrGRjkbKIqpm25xMCg7JbZs/7SVwBB5w9RPaVdKgAAAABJRU5ErkJggg==',
  'base64',
);

function sendText(response: ServerResponse, type: string, body: string): ServerResponse {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  return response.end(body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json' });
  return response.end(body === undefined ? '' : JSON.stringify(body));
}

function redirect(response: ServerResponse, to: string): unknown {
  return response.writeHead(302, { location: to }).end();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
