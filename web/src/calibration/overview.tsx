import { type CrdsObservatory, crdsContextKinds } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { useBoard } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { Time } from '../shared/time.tsx';
import { contextHref, crumbsOf, pageHref, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { SectionHead } from '../shared/section-head.tsx';
import { Environment } from './environment.tsx';
import { HistoryTable } from './history-table.tsx';
import { InstrumentFolds } from './instrument-folds.tsx';
import { useLiveContexts } from './live.ts';
import { homeQuery, observatoryQuery } from './queries.ts';
import { Unreadable } from './unreadable.tsx';

/** What is in force at an observatory, whether it is sound, and how a client finds it. */
export function OverviewPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Overview' }));
  useLiveContexts(observatory);
  const { data, error, refetch } = useQuery(observatoryQuery(observatory));
  if (data === undefined)
    return error !== null ? (
      <Unreadable title={observatory} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  return (
    <>
      <Headline observatory={data} />
      <Roles observatory={data} />
      <Attention observatory={data} />
      <div className="overview-halves">
        <section>
          <SectionHead
            title="Latest references"
            note="by instrument and type"
            to={pageHref(observatory, 'files', { view: 'references' })}
            link="All references"
          />
          <LatestReferences observatory={observatory} context={data.contexts.latest} />
        </section>
        <div className="stack">
          <section>
            <SectionHead title="Latest contexts" to={pageHref(observatory, 'contexts')} link="More history" />
            <HistoryTable observatory={observatory} rows={4} />
          </section>
          <section>
            <SectionHead title="For clients" note="copy into a terminal" />
            <Environment environment={data.environment} />
          </section>
        </div>
      </div>
    </>
  );
}

/** The page says it in a sentence first. */
function Headline({ observatory }: { observatory: CrdsObservatory }) {
  const { contexts, latestSince, counts, title } = observatory;
  return (
    <div className="page-head">
      <div>
        <h1>
          {contexts.latest === null ? (
            `${observatory.observatory} has no latest context yet. `
          ) : (
            <>
              {contexts.latest} is in force
              {latestSince !== null && (
                <>
                  {' '}
                  since <Time at={latestSince} seconds={false} />
                </>
              )}
              .{' '}
            </>
          )}
          {counts.bad > 0 && <span className="rest">{plural(counts.bad, 'file is', 'files are')} bad.</span>}
        </h1>
        <p className="small quiet">
          {title !== '' && `${title} · `}
          {plural(counts.references, 'reference')}, {plural(counts.mappings, 'mapping')}, {count(counts.held)}{' '}
          held here ·{' '}
          <Href to={pageHref(observatory.observatory, 'datasets')}>{plural(counts.datasets, 'dataset')}</Href>
        </p>
      </div>
      <div className="acts">
        <Href to={pageHref(observatory.observatory, 'best-references')} className="button primary">
          Find best references
        </Href>
      </div>
    </div>
  );
}

const meanings: Record<(typeof crdsContextKinds)[number], string> = {
  latest: 'what pipelines use by default',
  edit: 'what the next delivery starts from',
  versions: 'translates software versions',
  build: 'belongs to a version of the calibration software',
};

function Roles({ observatory: { observatory, contexts } }: { observatory: CrdsObservatory }) {
  return (
    <dl className="panel context-roles" aria-label="Contexts by what they are for">
      {crdsContextKinds.map((kind) => (
        <div key={kind}>
          <dt className="label" title={meanings[kind]}>
            {kind}
          </dt>
          <dd>
            {contexts[kind] === null ? (
              <span className="faint">none is set</span>
            ) : (
              <Href to={contextHref(observatory, contexts[kind])} className="mono">
                {contexts[kind]}
              </Href>
            )}
          </dd>
          <dd className="small faint">{meanings[kind]}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Mirror, scrub, and what is past its deadline: one line each, the good ones too. */
function Attention({ observatory }: { observatory: CrdsObservatory }) {
  const overdue = (useBoard().data?.overdue ?? []).filter(({ service }) => service === 'crds');
  const { mirror, scrub, counts } = observatory;
  const soundness = pageHref(observatory.observatory, 'soundness');
  return (
    <section className="panel" aria-label="Is it sound, and what is overdue">
      <ul className="steps plain-list">
        {overdue.map((each) => (
          <li key={each.kind + each.id}>
            <Glyph face="overdue" />
            <div>
              <Href to={each.href}>{each.name}</Href> is overdue by{' '}
              <b className="tone-bad">{duration(each.overdueSeconds)}</b>: {each.why}{' '}
              <span className="quiet">{each.nextStep}</span>
            </div>
          </li>
        ))}
        <li>
          <Glyph face={scrub === null ? 'waiting' : scrub.state} />
          <div>
            {scrub === null ? 'The files have not been looked at yet.' : scrub.message}{' '}
            <Href to={soundness} className="small">
              {scrub !== null && scrub.problems > 0 ? plural(scrub.problems, 'problem') : 'Scrub'}
            </Href>
          </div>
        </li>
        <li>
          <Glyph face={mirror === null ? 'idle' : mirror.state} />
          <div>
            {mirror === null ? 'It mirrors no other server.' : mirror.message}{' '}
            {mirror !== null && (
              <Href to={soundness} className="small">
                Mirror
              </Href>
            )}
          </div>
        </li>
        {counts.bad > 0 && (
          <li>
            <Glyph face="partial" />
            <div>
              {plural(counts.bad, 'file is', 'files are')} marked bad, or{' '}
              {counts.bad === 1 ? 'leads' : 'lead'} to one that is.{' '}
              <Href to={pageHref(observatory.observatory, 'files', { view: 'bad' })} className="small">
                Show
              </Href>
            </div>
          </li>
        )}
      </ul>
    </section>
  );
}

function LatestReferences({ observatory, context }: { observatory: string; context: string | null }) {
  const [address, go] = useAddress();
  const { data, error, refetch } = useQuery({ ...homeQuery(observatory), enabled: context !== null });
  if (context === null)
    return (
      <div className="panel">
        <Empty title="There is no latest context">
          <span className="mono">
            orrery crds import FOLDER --observatory {observatory} --latest NAME.pmap
          </span>{' '}
          or <Href to={pageHref(observatory, 'contexts')}>Contexts</Href> sets one.
        </Empty>
      </div>
    );
  if (error !== null && data === undefined)
    return <ErrorPanel what="The references could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined)
    return (
      <div className="panel">
        <SkeletonRows rows={10} />
      </div>
    );
  return (
    <InstrumentFolds
      observatory={observatory}
      context={data.context}
      instruments={data.instruments}
      open={address.open}
      onOpen={(open) => go({ open }, true)}
    />
  );
}
