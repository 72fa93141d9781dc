import type { UseQueryOptions } from '@tanstack/react-query';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { get } from './api.ts';
import { ErrorPanel } from './blanks.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { type LiveList, useLiveRows } from './live-rows.ts';
import { TableFoot } from './table-foot.tsx';

/** A page of a long list, as every list of our API answers. */
export interface KeysetPage<Row> {
  rows: Row[];
  newer: string | null;
  older: string | null;
  about: number | null;
  tookMs: number;
}

/** Where in a list one is: behind a cursor, at a time, or at the newest rows. */
export interface KeysetPlace {
  cursor?: string;
  at?: string;
}

/** One page of a list. It stays as it is until asked for again: live changes are patched into it. */
export const keysetQuery = <Page,>(key: readonly unknown[], href: string) =>
  queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => get<Page>(href, signal),
    staleTime: 15_000,
    refetchOnWindowFocus: false,
    meta: { still: true },
  });

/** How many rows a view has to the unit; asked for by hand. */
export const countedQuery = (key: readonly unknown[], href: string) =>
  queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => get<{ count: number; tookMs: number }>(href, signal),
    staleTime: 60_000,
    meta: { still: true },
  });

interface KeysetProps<Row, Page extends KeysetPage<Row>> {
  /** What it lists, read aloud: `Jobs, newest first`. */
  label: string;
  /** The sentence when it cannot be read. */
  failure: string;
  query: UseQueryOptions<Page>;
  counted?: UseQueryOptions<{ count: number; tookMs: number }>;
  place: KeysetPlace;
  live: LiveList<Row>;
  columns: Column<Row>[];
  /** Address of a row's page below `/ui`. */
  pageOf?: (row: Row) => string;
  leaving?: ReadonlySet<string>;
  /** Acts on picked rows; without it nothing can be picked. */
  acts?: (rows: readonly Row[], picked: ReadonlySet<string>, onDone: () => void) => ReactNode;
  /** Which rows are picked, where the address of the page holds it. */
  picked?: { keys: ReadonlySet<string>; set: (keys: ReadonlySet<string>) => void };
  empty: ReactNode;
  order?: string;
  /** Goes to a time; `null` where the list knows none. Without it the place becomes that time. */
  onJump?: ((at: string) => void) | null;
  /** Said under the rows of a page. */
  note?: (page: Page) => ReactNode;
  onOpen: (to: string) => void;
  onMove: (to: KeysetPlace) => void;
}

/** A long list by keyset pages: rows patched live, newer ones behind their count, picked ones with their acts. */
export function KeysetTable<Row, Page extends KeysetPage<Row> = KeysetPage<Row>>(
  props: KeysetProps<Row, Page>,
) {
  const { query, counted, place, live, acts, onMove } = props;
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ ...query, placeholderData: (before) => before });
  const isNewest = place.cursor === undefined && place.at === undefined;
  const follows = useLiveRows(query.queryKey, live, isNewest);
  const [ownPicked, setOwnPicked] = useState<ReadonlySet<string>>(new Set());
  const picked = props.picked?.keys ?? ownPicked;
  const setPicked = props.picked?.set ?? setOwnPicked;
  const [countOf, setCountOf] = useState<string | undefined>();
  const countKey = JSON.stringify(counted?.queryKey);
  const count = useQuery({ ...(counted ?? nothing), enabled: counted !== undefined && countOf === countKey });
  const showNewer = () => {
    follows.forget();
    if (isNewest) void queryClient.invalidateQueries({ queryKey: query.queryKey });
    else onMove({});
  };
  const open = (row: Row, inTab: boolean) => {
    const to = props.pageOf?.(row);
    if (to === undefined) return;
    if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
    else props.onOpen(to);
  };
  if (error !== null && data === undefined)
    return <ErrorPanel what={props.failure} error={error} retry={() => void refetch()} />;
  return (
    <>
      <DataTable
        label={props.label}
        columns={props.columns}
        rows={data?.rows}
        rowKey={live.keyOf}
        {...(props.pageOf === undefined ? {} : { onOpen: open })}
        changed={follows.changed}
        {...(props.leaving === undefined ? {} : { leaving: props.leaving })}
        newer={{ n: follows.newer.size, show: showNewer }}
        {...(acts === undefined
          ? {}
          : {
              selection: {
                keys: picked,
                set: setPicked,
                acts: acts(data?.rows ?? [], picked, () => setPicked(new Set())),
              },
            })}
        empty={props.empty}
      />
      {data !== undefined && props.note?.(data)}
      {data !== undefined && (
        <TableFoot
          n={data.rows.length}
          first={isNewest}
          about={data.about}
          tookMs={data.tookMs}
          onNewer={data.newer === null ? undefined : () => onMove({ cursor: data.newer as string })}
          onOlder={data.older === null ? undefined : () => onMove({ cursor: data.older as string })}
          {...(props.order === undefined ? {} : { order: props.order })}
          {...(props.onJump === null ? {} : { onJump: props.onJump ?? ((at: string) => onMove({ at })) })}
          {...(counted === undefined
            ? {}
            : {
                exactly: {
                  n: countOf === countKey ? count.data?.count : undefined,
                  busy: count.isFetching,
                  ask: () => setCountOf(countKey),
                },
              })}
        />
      )}
    </>
  );
}

/** Stands where there is nothing to count; never asked for. */
const nothing = countedQuery(['nothing'], '/api');
