import type { PandaDialog, PandaDialogQuery, PandaHarvester } from '@orrery/contracts';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { readTerms, writeTerms } from '../shared/filter-terms.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { instant } from '../shared/instant.ts';
import { type KeysetPlace, KeysetTable } from '../shared/keyset-table.tsx';
import type { Face } from '../shared/states.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import { Time } from '../shared/time.tsx';
import { dialogsQuery } from './harvester-queries.ts';

const plain = 'text';
const fields = ['level', 'module', plain, 'since', 'until'];
const usualLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];

const faces: Record<string, Face> = { WARNING: 'partial', ERROR: 'bad', CRITICAL: 'bad' };

/** The filter that a text query means; words without a field are looked for in the message. */
function dialogFilter(q: string): PandaDialogQuery {
  const filter: PandaDialogQuery = {};
  const words: string[] = [];
  for (const { field, value, not } of readTerms(q, plain)) {
    if (not) continue;
    if (field === 'level') filter.level = [...(filter.level ?? []), value.toUpperCase()];
    else if (field === 'module') filter.module = value;
    else if (field === plain) words.push(value);
    else if (field === 'since' || field === 'until') {
      const at = instant(value);
      if (at !== undefined) filter[field] = at;
    }
  }
  if (words.length > 0) filter.text = words.join(' ');
  return filter;
}

function problemsOf(q: string): string[] {
  return readTerms(q, plain).flatMap(({ field, value, not }) => {
    if (!fields.includes(field)) return [`There is no field ${field}; ${fields.join(', ')} are known.`];
    if (not) return ['Messages cannot be left out, only asked for.'];
    return (field === 'since' || field === 'until') && instant(value) === undefined
      ? [`${value} is no time.`]
      : [];
  });
}

const columns: Column<PandaDialog>[] = [
  {
    id: 'level',
    head: 'Level',
    narrow: 'keep',
    cell: ({ level }) => (
      <span className="state">
        <Glyph face={faces[level.toUpperCase()] ?? 'stopped'} size={11} /> {level}
      </span>
    ),
  },
  {
    id: 'at',
    head: 'Said',
    sorted: 'descending',
    cell: ({ at }) => (
      <span className="mono">
        <Time at={at} />
      </span>
    ),
  },
  { id: 'module', head: 'Module', cell: ({ module }) => module },
  { id: 'of', head: 'Of', cell: ({ identifier }) => identifier ?? '–' },
  {
    id: 'message',
    head: 'Message',
    narrow: 'keep',
    fill: true,
    full: ({ message }) => message,
    cell: ({ message }) => message,
  },
];

/** What a Harvester says of itself for people, last first. */
export function Messages({ harvester }: { harvester: PandaHarvester }) {
  const { q = '', cursor } = useSearch({ strict: false }) as { q?: string; cursor?: string };
  const navigate = useNavigate();
  const filter = useMemo(() => dialogFilter(q), [q]);
  const place: KeysetPlace = cursor === undefined ? {} : { cursor };
  const go = (next: { q?: string | undefined; cursor?: string | undefined }, replace: boolean) =>
    void navigate({ to: '.', search: { tab: 'messages', ...next }, replace });
  const search = (text: string) => go({ q: text === '' ? undefined : text }, true);
  return (
    <>
      <TermFilter
        q={q}
        terms={readTerms(q, plain)}
        textOf={(terms) => writeTerms(terms, plain)}
        problems={problemsOf(q)}
        placeholder="level:ERROR module:submitter part of a message"
        fields={fields}
        valuesOf={(field) => {
          if (field === 'level') return [...new Set([...usualLevels, ...Object.keys(harvester.levels)])];
          return field === 'module' ? Object.keys(harvester.modules) : [];
        }}
        onChange={search}
      />
      <KeysetTable
        label="Messages, last first"
        failure="The messages could not be read"
        query={dialogsQuery(harvester.id, filter, place)}
        place={place}
        live={{
          topic: 'panda.harvester-dialog',
          keyOf: (row) => String(row.id),
          arrival: () => 'neither',
          after: (row) => row,
          reread: () => Promise.resolve(undefined),
        }}
        columns={columns}
        order="last first"
        onJump={null}
        onOpen={() => {}}
        onMove={(to) => go({ q: q === '' ? undefined : q, cursor: to.cursor }, false)}
        empty={
          q === '' ? (
            <Empty title="It has said nothing">Messages are kept for 30 days.</Empty>
          ) : (
            <Empty
              title="No message matches"
              act={
                <button type="button" className="button small" onClick={() => search('')}>
                  Show all messages
                </button>
              }
            >
              The filter is <span className="mono">{q}</span>.
            </Empty>
          )
        }
      />
    </>
  );
}
