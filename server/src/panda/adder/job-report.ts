import { isObject, objectIn } from './output-report.ts';

/** What the payload says of its outputs: events and GUIDs by name. */
export interface PayloadFiles {
  events: ReadonlyMap<string, number>;
  guids: ReadonlyMap<string, string>;
}

/** Reads `files.output[].subFiles[]` (`name`, `nentries`, `file_guid`) of a payload's jobReport.json; never throws. */
export function readPayloadFiles(metadata: string | null): PayloadFiles {
  const events = new Map<string, number>();
  const guids = new Map<string, string>();
  const { files } = (metadata === null ? null : objectIn(metadata)) ?? {};
  for (const output of listOf(isObject(files) ? files.output : null)) {
    for (const file of listOf(isObject(output) ? output.subFiles : null)) {
      if (!isObject(file) || typeof file.name !== 'string') continue;
      const count = Number(file.nentries ?? Number.NaN);
      if (Number.isSafeInteger(count) && count >= 0) events.set(file.name, count);
      if (typeof file.file_guid === 'string' && file.file_guid !== '') guids.set(file.name, file.file_guid);
    }
  }
  return { events, guids };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
