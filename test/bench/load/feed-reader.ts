import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDb } from '../../../server/src/core/db/index.ts';
import { createEvents } from '../../../server/src/core/events/index.ts';
import { silentLog } from '../../../server/src/core/log.ts';
import { say, settingsOf } from './child.ts';

/** Reads the feed as another server process does, or as a browser does, and says what it has seen when asked. */
export type ReaderSettings = { tickets: number } & (
  | { socketDir: string; password: string }
  | { address: string; token: string }
);

export interface Seen {
  /** How often each ticket was seen, by its number. */
  counts: Uint8Array;
  events: number;
  /** Milliseconds from the insertion of an event to its arrival here, each tenth event. */
  delays: Float64Array;
  /** How often the reader had to begin again from where it was. */
  resumed: number;
}

const settings = settingsOf<ReaderSettings>();
const counts = new Uint8Array(settings.tickets + 1);
const delays: number[] = [];
let events = 0;
let resumed = -1;

function note(key: string, at: number): void {
  const ticketId = Number(key);
  counts[ticketId] = Math.min((counts[ticketId] ?? 0) + 1, 255);
  if (events++ % 10 === 0) delays.push(Date.now() - at);
}

async function follow(where: { socketDir: string; password: string }): Promise<void> {
  const db = createDb({ ...where, poolSize: 2, prepare: true, name: 'bench reader' });
  const feed = createEvents(db, silentLog, { perProcess: 1, perCaller: 1 });
  await feed.start();
  await say('ready');
  let after: number | undefined;
  const { signal } = new AbortController();
  for (;;) {
    resumed++;
    for await (const batch of feed.follow({
      topics: ['example.ticket'],
      signal,
      ...(after === undefined ? {} : { after }),
    })) {
      for (const event of batch.events) note(event.key, event.at.getTime());
      after = batch.settled;
    }
  }
}

async function listen({ address, token }: { address: string; token: string }): Promise<void> {
  let last = '';
  for (;;) {
    resumed++;
    await new Promise<void>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, ...(last === '' ? {} : { 'last-event-id': last }) };
      get(`${address}/api/core/events?topics=example.ticket`, { headers }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`the feed answered ${response.statusCode}`));
        if (resumed === 0) void say('ready');
        let rest = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const blocks = (rest + chunk).split('\n\n');
          rest = blocks.pop() as string;
          for (const block of blocks) last = readBlock(block) ?? last;
        });
        response.on('close', resolve);
        return undefined;
      }).on('error', reject);
    });
    await sleep(100);
  }
}

/** Notes the event of one block and returns the id to resume from. */
function readBlock(block: string): string | undefined {
  const [, id, json] = /^id: (\d+)\ndata: (.*)$/s.exec(block) ?? [];
  if (json === undefined) return undefined;
  const event = JSON.parse(json) as { key: string; at: string };
  note(event.key, Date.parse(event.at));
  return id;
}

process.on('message', () => {
  void say({ counts, events, delays: Float64Array.from(delays), resumed } satisfies Seen);
});
await ('socketDir' in settings ? follow(settings) : listen(settings));
