import type { Core } from '../../core/core.ts';

/** One Harvester in an installation that has none, so that the first that reports under this name is known. */
export async function seedHarvester({ db }: Core): Promise<void> {
  await db.sql`
    insert into panda.harvester (harvester_id, description)
    select 'local', 'first Harvester of this installation' where not exists (select from panda.harvester)
    on conflict (harvester_id) do nothing`;
}
