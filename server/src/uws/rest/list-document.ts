import {
  type Jobref,
  jobrefAsJson,
  jobsFoot,
  jobsHead,
  renderJobref,
  uwsMediaType,
} from '../jobs/jobs.wire.ts';
import type { Format } from './format.ts';

/** A list as text, whose entries may come in several parts. */
interface ListText {
  mediaType: string;
  head: string;
  /** `isFirst`: nothing stands before them. */
  entries(rows: readonly Jobref[], url: string, isFirst: boolean): string;
  foot: string;
}

const texts: Record<Format, ListText> = {
  xml: {
    mediaType: uwsMediaType,
    head: jobsHead,
    entries(rows, url) {
      let text = '';
      for (const row of rows) text += renderJobref(row, `${url}/${row.jobId}`);
      return text;
    },
    foot: jobsFoot,
  },
  json: {
    mediaType: 'application/json; charset=utf-8',
    head: '{"version":"1.1","jobs":[',
    entries(rows, url, isFirst) {
      const list = rows.map((row) => JSON.stringify(jobrefAsJson(row, `${url}/${row.jobId}`))).join(',');
      return isFirst || list === '' ? list : `,${list}`;
    },
    foot: ']}',
  },
};

export function listMediaType(format: Format): string {
  return texts[format].mediaType;
}

/** The whole list, as bytes: of a text the length would be counted first and the bytes made after it. */
export function renderList(rows: readonly Jobref[], url: string, format: Format): Buffer {
  const { head, entries, foot } = texts[format];
  return Buffer.from(head + entries(rows, url, true) + foot);
}

/** The same for a list that is longer than a process should hold at once. */
export async function* renderParts(
  parts: AsyncIterable<readonly Jobref[]>,
  url: string,
  format: Format,
): AsyncGenerator<string> {
  const { head, entries, foot } = texts[format];
  yield head;
  let isFirst = true;
  for await (const rows of parts) {
    yield entries(rows, url, isFirst);
    isFirst = false;
  }
  yield foot;
}
