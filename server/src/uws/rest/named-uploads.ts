import type { InputFile } from '../jobs/job.ts';

type Texts = ReadonlyMap<string, readonly string[]>;

/**
 * Gives uploads to the parameters they were sent for, where another parameter names their part, and returns the
 * texts that are left. DALI: the value `param:NAME` stands for the part NAME. TAP: `UPLOAD=table,param:NAME;…`
 * makes the part (or the address that stands in its place) the parameter `table`; UPLOAD itself stays.
 */
export function nameUploads(texts: Texts, uploads: Map<string, InputFile[]>): Texts {
  const rest = new Map(texts);
  const give = (name: string, part: string): boolean => {
    const files = uploads.get(part);
    if (files === undefined) return false;
    uploads.delete(part);
    uploads.set(name, files);
    return true;
  };
  for (const [name, values] of texts) {
    const [value = ''] = values;
    const part = /^param:(.+)$/.exec(value)?.[1];
    if (part !== undefined && values.length === 1 && give(name, part)) rest.delete(name);
    if (name.toUpperCase() !== 'UPLOAD') continue;
    for (const pair of values.join(';').split(';')) {
      const [, table, source] = /^([^,]+),(param:.+|https?:.+)$/i.exec(pair.trim()) ?? [];
      if (table === undefined || source === undefined) continue;
      const named = /^param:(.+)$/.exec(source)?.[1];
      if (named !== undefined) give(table, named);
      else if (!rest.has(table)) rest.set(table, [source]);
    }
  }
  return rest;
}
