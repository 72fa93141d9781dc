import type { CrdsContext, CrdsContextReferencePage, CrdsContextReferenceRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty, SkeletonRows } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { Facts } from '../shared/facts.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { bytes, count, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { StatePill } from '../shared/state-badge.tsx';
import { Tabs } from '../shared/tabs.tsx';
import { Time } from '../shared/time.tsx';
import {
  contextHref,
  crumbsOf,
  diffHref,
  fileHref,
  pageHref,
  useAddress,
  useObservatory,
} from './address.ts';
import './calibration.css';
import { Choice } from './choice.tsx';
import { FileLink, FileState, stateWord } from './file-state.tsx';
import { InstrumentFolds } from './instrument-folds.tsx';
import { stillList, useLiveContexts } from './live.ts';
import { ObjectHead } from './object-head.tsx';
import { contextQuery, contextReferencesQuery, observatoryQuery } from './queries.ts';
import { SetContext } from './set-context.tsx';
import { CannotBeUsed, Unreadable } from './unreadable.tsx';

/** One context: all rules and references of an observatory at one version. */
export function ContextPage() {
  const observatory = useObservatory();
  const { context: name } = useParams({ strict: false }) as { context: string };
  usePlace(
    crumbsOf(
      observatory,
      { label: 'Contexts', to: `/calibration/${observatory}/contexts` },
      { label: name, mono: true },
    ),
  );
  useLiveContexts(observatory);
  const { data, error, refetch } = useQuery(contextQuery(observatory, name));
  if (data === undefined)
    return error !== null ? (
      <Unreadable title={name} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  return <Shown observatory={observatory} context={data} />;
}

function Shown({ observatory, context }: { observatory: string; context: CrdsContext }) {
  const [{ tab = 'instruments', open }, go] = useAddress();
  return (
    <>
      <Head observatory={observatory} context={context} />
      {context.unusable !== null && <CannotBeUsed why={context.unusable} />}
      {context.badFiles.length > 0 && <BadFiles observatory={observatory} context={context} />}
      <Tabs
        label="Parts of the context"
        chosen={tab}
        onChoose={(next) => go({ tab: next === 'instruments' ? undefined : next, cursor: undefined })}
        tabs={[
          { id: 'instruments', label: 'Instruments and types', n: context.instruments.length },
          { id: 'references', label: 'References', n: count(context.references) },
        ]}
      />
      <div className="with-rail">
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
          {tab === 'references' ? (
            <References observatory={observatory} context={context} />
          ) : (
            <InstrumentFolds
              observatory={observatory}
              context={context.name}
              instruments={context.instruments}
              withRules
              open={open}
              onOpen={(next) => go({ open: next }, true)}
            />
          )}
        </div>
        <Rail observatory={observatory} context={context} />
      </div>
    </>
  );
}

function Head({ observatory, context }: { observatory: string; context: CrdsContext }) {
  const [isSetting, setSetting] = useState(false);
  const { data } = useQuery(observatoryQuery(observatory));
  const { older, newer } = context.neighbours;
  return (
    <>
      <ObjectHead
        name={context.name}
        roles={context.roles}
        state={
          (context.rejected || context.blacklisted) && (
            <StatePill family="crdsFile" word={stateWord(context)} />
          )
        }
        line={
          <>
            {plural(context.instruments.length, 'instrument')}, {plural(context.mappings, 'mapping')},{' '}
            {plural(context.references, 'reference')}
            {context.description !== null && context.description !== '' && ` · “${context.description}”`}
            {context.badReason !== '' && ` · ${context.badReason}`}
          </>
        }
        acts={
          <>
            {older !== null && (
              <Href to={diffHref(observatory, older, context.name)} className="button">
                What it changed
              </Href>
            )}
            {newer !== null && (
              <Href to={diffHref(observatory, context.name, newer)} className="button">
                What changed after it
              </Href>
            )}
            {data?.acts.operate === true && (
              <button type="button" className="button" onClick={() => setSetting(true)}>
                Set context …
              </button>
            )}
          </>
        }
      />
      {isSetting && data !== undefined && (
        <SetContext observatory={data} context={context.name} onClose={() => setSetting(false)} />
      )}
    </>
  );
}

function BadFiles({ observatory, context }: { observatory: string; context: CrdsContext }) {
  const { badFiles } = context;
  return (
    <details className="panel fold-panel">
      <summary>
        <Glyph face="bad" /> It leads to {badFiles.length >= 100 ? 'at least ' : ''}
        {plural(badFiles.length, 'bad file')}
      </summary>
      <table className="table loose">
        <tbody>
          {badFiles.map(({ name, reason }) => (
            <tr key={name}>
              <th scope="row">
                <FileLink observatory={observatory} name={name} />
              </th>
              <td className="fill quiet">{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Rules name it, the catalogue does not have it. */
const notKnown = { state: null, rejected: false, blacklisted: false };

const columnsOf = (observatory: string): Column<CrdsContextReferenceRow>[] => [
  { id: 'state', head: 'State', cell: (row) => <FileState file={row.file ?? notKnown} /> },
  {
    id: 'name',
    head: 'Reference',
    narrow: 'keep',
    cell: (row) => <FileLink observatory={observatory} name={row.name} known={row.file !== null} />,
  },
  { id: 'instrument', head: 'Instrument', cell: (row) => row.instrument },
  { id: 'type', head: 'Type', narrow: 'keep', cell: (row) => row.type },
  {
    id: 'rmap',
    head: 'Rules',
    cell: (row) => (
      <Href to={fileHref(observatory, row.rmap)} className="mono">
        {row.rmap}
      </Href>
    ),
  },
  {
    id: 'useafter',
    head: 'Useful after',
    cell: (row) => row.file?.useAfter || <span className="faint">–</span>,
  },
  {
    id: 'size',
    head: 'Size',
    num: true,
    cell: (row) => (row.file?.sizeBytes == null ? '–' : bytes(row.file.sizeBytes)),
  },
  {
    id: 'activated',
    head: 'Active since',
    num: true,
    cell: (row) => (row.file?.activatedAt == null ? '–' : <Time at={row.file.activatedAt} seconds={false} />),
  },
];

function References({ observatory, context }: { observatory: string; context: CrdsContext }) {
  const [{ instrument, type, q = '', cursor }, go] = useAddress();
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(observatory), [observatory]);
  const types = context.instruments.find((each) => each.instrument === instrument)?.types ?? [];
  const place = cursor === undefined ? {} : { cursor };
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined, cursor: undefined }, true)}
        placeholder="part of a name, or a pattern with *"
        fields={[]}
      >
        <Choice
          name="instrument"
          value={instrument}
          options={context.instruments.map((each) => each.instrument)}
          onChange={(next) => go({ instrument: next, type: undefined, cursor: undefined })}
        />
        {types.length > 0 && (
          <Choice
            name="type"
            value={type}
            options={types.filter(({ rmap }) => rmap !== null).map((each) => each.type)}
            onChange={(next) => go({ type: next, cursor: undefined })}
          />
        )}
      </FilterBar>
      <KeysetTable<CrdsContextReferenceRow, CrdsContextReferencePage>
        label={`References of ${context.name}`}
        failure="The references could not be read"
        query={contextReferencesQuery(
          observatory,
          context.name,
          {
            limit: 100,
            ...(instrument === undefined ? {} : { instrument }),
            ...(type === undefined ? {} : { type }),
            ...(q === '' ? {} : { text: q }),
          },
          place,
        )}
        place={place}
        live={stillList((row) => `${row.rmap} ${row.name}`)}
        columns={columns}
        pageOf={(row) => fileHref(observatory, row.name).slice('/ui'.length)}
        order="by rules and name"
        empty={
          <Empty
            title="No reference matches"
            act={
              <button
                type="button"
                className="button small"
                onClick={() => go({ q: undefined, instrument: undefined, type: undefined })}
              >
                Show all {count(context.references)}
              </button>
            }
          />
        }
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </>
  );
}

function Rail({ observatory, context }: { observatory: string; context: CrdsContext }) {
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>Facts</h2>
        </div>
        <Facts
          rows={[
            ['State', <FileState key="state" file={context} />],
            [
              'Instrument key',
              <span key="key" className="mono">
                {context.instrumentKey}
              </span>,
            ],
            ['Builds', context.builds.length === 0 ? null : context.builds.join(', ')],
            [
              'Made from',
              context.derivedFrom === '' ? null : (
                <Href key="from" to={contextHref(observatory, context.derivedFrom)} className="mono">
                  {context.derivedFrom}
                </Href>
              ),
            ],
            ['Delivered', context.deliveredAt === null ? null : <Time key="at" at={context.deliveredAt} />],
            ['Added', <Time key="added" at={context.addedAt} />],
            [
              'The file',
              <Href key="file" to={fileHref(observatory, context.name)}>
                database, contents, uses
              </Href>,
            ],
            [
              'Ask it',
              <Href key="ask" to={pageHref(observatory, 'best-references', { context: context.name })}>
                best references
              </Href>,
            ],
          ]}
        />
      </section>
      <section>
        <div className="section-head">
          <h2>When it was latest</h2>
        </div>
        {context.history.length === 0 ? (
          <p className="quiet">Never.</p>
        ) : (
          <ul className="plain-list">
            {context.history.map((row) => (
              <li key={row.id}>
                <Time at={row.startedAt} seconds={false} />
                {' – '}
                {row.endedAt === null ? 'now' : <Time at={row.endedAt} seconds={false} />}
                <span className="quiet"> {row.description}</span> <span className="faint">{row.by}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
      {context.obstacles !== null && context.obstacles.length > 0 && (
        <section>
          <div className="section-head">
            <h2>Before it can be latest</h2>
          </div>
          <ul className="plain-list">
            {context.obstacles.map((each) => (
              <li key={each}>
                <Glyph face="bad" size={11} /> {each}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
