import type { UwsDeletion, UwsJob } from '@orrery/contracts';
import { call, withQuery } from '../shared/api.ts';
import { createStore } from '../shared/store.ts';

/** How long a deletion can be taken back, in seconds. */
export const undoSeconds = 10;

export interface Leaving {
  id: string;
  definition: string;
  deletesAt: string;
}

/** Jobs that this tab deleted and that can still be kept; the server holds the truth, and deletes them itself. */
export const leaving = createStore<readonly Leaving[]>([]);

const pathOf = (id: string) => `/api/uws/jobs/${encodeURIComponent(id)}`;

/** Forgets those whose time is over. */
function sweep(): void {
  const now = Date.now();
  const left = leaving.get().filter((job) => Date.parse(job.deletesAt) > now);
  if (left.length !== leaving.get().length) leaving.set(left);
  if (left.length > 0) setTimeout(sweep, 500);
}

/** Asks the server to delete the job in a moment. It happens whether or not this page stays open. */
export async function deleteSoon(job: { id: string; definition: string }): Promise<UwsDeletion> {
  const deletion = await call<UwsDeletion>('DELETE', withQuery(pathOf(job.id), { undoSeconds }));
  const { deletesAt } = deletion;
  const others = leaving.get().filter((each) => each.id !== job.id);
  leaving.set([...others, { id: job.id, definition: job.definition, deletesAt }]);
  setTimeout(sweep, 500);
  return deletion;
}

/** Takes the deletion back. Throws when it is too late. */
export async function keep(id: string): Promise<UwsJob> {
  const job = await call<UwsJob>('POST', `${pathOf(id)}/keep`);
  leaving.set(leaving.get().filter((each) => each.id !== id));
  return job;
}

/** Does the work for each item, a few at a time; throws the first failure after all were tried. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const run = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: 6 }, run));
  if (failures.length > 0) throw failures[0];
}
