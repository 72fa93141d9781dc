import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';

/** Tries in a quarter of an hour. An address gets more, since a whole institute may stand behind it. */
export const loginLimits = { perName: 10, perAddress: 50, windowMinutes: 15 } as const;

export interface LoginSubjects {
  name: string;
  address: string;
}

/** People type their password into the wrong field: what was tried is kept as a hash only. */
function subjectsOf({ name, address }: LoginSubjects): { name: string; address: string } {
  const hash = createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 32);
  return { name: `name ${hash}`, address: `address ${networkOf(address)}` };
}

/** A whole /64 belongs to one caller; IPv4 inside IPv6 counts as IPv4. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/**
 * Counts a try before the password is looked at, so that tries sent at once over several processes cannot pass
 * together. Throws `auth.tries-exceeded` (429) with the time to wait.
 */
export async function claimLoginTry(sql: Sql, who: LoginSubjects): Promise<void> {
  const subjects = subjectsOf(who);
  // Sorted, so that two claims lock their rows in one order.
  const rows = await sql<{ subject: string; attempts: number; waitSeconds: number }[]>`
    insert into core.login_attempt as known (subject, attempts, window_ends_at)
    select subject, 1, clock_timestamp() + make_interval(mins => ${loginLimits.windowMinutes})
    from unnest(${[subjects.address, subjects.name]}::text[]) as subject order by subject
    on conflict (subject) do update
    set attempts = case when known.window_ends_at <= clock_timestamp() then 1 else known.attempts + 1 end,
        window_ends_at = case when known.window_ends_at <= clock_timestamp() then excluded.window_ends_at
                              else known.window_ends_at end
    returning subject, attempts,
              greatest(1, ceil(extract(epoch from window_ends_at - clock_timestamp())))::int as wait_seconds`;
  const over = rows.filter(
    (row) => row.attempts > (row.subject === subjects.name ? loginLimits.perName : loginLimits.perAddress),
  );
  if (over.length === 0) return;
  const waitSeconds = Math.max(...over.map((row) => row.waitSeconds));
  throw new AppError('too-many', 'auth.tries-exceeded', 'There were too many tries to sign in.', {
    next: `Wait ${Math.ceil(waitSeconds / 60)} minutes, then try again.`,
    retryAfterSeconds: waitSeconds,
  });
}

/** Takes a try back: the password was right (then the name starts afresh), or it was never looked at. */
export async function returnLoginTry(sql: Sql, who: LoginSubjects, wasRight: boolean): Promise<void> {
  const subjects = subjectsOf(who);
  await sql`
    update core.login_attempt
    set attempts = case when ${wasRight} and subject = ${subjects.name} then 0 else greatest(attempts - 1, 0) end
    where subject in (select subject from core.login_attempt
                      where subject in (${subjects.name}, ${subjects.address}) order by subject for update)`;
}
