import { createHash } from 'node:crypto';
import type { Db } from '../../../server/src/core/db/index.ts';

/** Everything that an import makes, without the times at which it was made, one digest for each table. */
export async function digestCatalogue(db: Db): Promise<Record<string, string>> {
  const tables = {
    files: `select (to_jsonb(f) - 'state_since' - 'added_at' - 'activated_at')::text as row from crds.file f`,
    uses: `select to_jsonb(u)::text as row from crds.mapping_use u`,
    texts: `select sha256 || ' ' || md5(content) as row from crds.mapping_text`,
    contexts: `select concat_ws(' ', observatory, latest_context, edit_context) as row from crds.observatory`,
    history: `select concat_ws(' ', observatory, context, description) as row from crds.context_history`,
    read: `select to_jsonb(i)::text as row from crds.imported_file i`,
    kept: `select concat_ws(' ', namespace, sha256, owner_kind, owner_id, name) as row from core.blob_reference
           where owner_kind = 'crds.file'`,
  };
  const digests: Record<string, string> = {};
  for (const [name, query] of Object.entries(tables)) {
    const rows = await db.sql.unsafe<{ row: string }[]>(query);
    const digest = createHash('sha256');
    for (const text of rows.map(({ row }) => row).sort()) digest.update(`${text}\n`);
    digests[name] = `${rows.length} rows ${digest.digest('hex').slice(0, 16)}`;
  }
  return digests;
}
