import type { Sql } from '../../core/db/index.ts';
import { type MirrorState, mirrorStateOf } from './mirror.store.ts';

/** How a mirror stands, for people. */
export interface MirrorOverview extends Omit<MirrorState, 'takenIn'> {
  /** `partial`: everything that is here is given, but not everything of the upstream server is here. */
  state: 'good' | 'partial' | 'bad';
  /** One sentence. */
  message: string;
  counts: {
    /** Files whose bytes are here, and their size. */
    held: number;
    bytesHeld: number;
    /** Files that are still with the upstream server only. */
    upstream: number;
    /** Files that could not be had when they were asked for last. */
    failed: number;
  };
}

/** Null when the observatory mirrors nobody. */
export async function mirrorOverviewOf(sql: Sql, observatory: string): Promise<MirrorOverview | null> {
  const known = await mirrorStateOf(sql, observatory);
  if (known === null) return null;
  const [counts] = await sql<MirrorOverview['counts'][]>`
    select count(*) filter (where place in ('kept', 'linked')) as held,
      coalesce(sum(size_bytes) filter (where place in ('kept', 'linked')), 0)::bigint as bytes_held,
      count(*) filter (where place = 'upstream') as upstream,
      (select count(*) from crds.mirror_failure where observatory = ${observatory}) as failed
    from crds.file where observatory = ${observatory}`;
  const { takenIn: _, ...state } = known;
  return {
    ...state,
    ...judge(known),
    counts: counts ?? { held: 0, bytesHeld: 0, upstream: 0, failed: 0 },
  };
}

function judge(state: MirrorState): Pick<MirrorOverview, 'state' | 'message'> {
  const { answeredAt, failingSince, error, missingMappings, files } = state;
  if (failingSince !== null) {
    const since = failingSince.toISOString();
    return answeredAt === null
      ? {
          state: 'bad',
          message: `Nothing has come from ${state.upstream} since it was set at ${since}: ${error}`,
        }
      : {
          state: missingMappings > 0 ? 'bad' : 'partial',
          message: `What is here is given; nothing new has come since ${answeredAt.toISOString()}, with errors since ${since}: ${error}`,
        };
  }
  if (answeredAt === null) return { state: 'partial', message: `${state.upstream} is about to be asked.` };
  return {
    state: 'good',
    message: `Everything of ${files} files upstream was known here at ${answeredAt.toISOString()}.`,
  };
}
