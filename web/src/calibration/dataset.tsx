import type { CrdsDataset } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { count, milliseconds, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { rememberPage } from '../shared/recent.ts';
import { Time } from '../shared/time.tsx';
import { crumbsOf, pageHref, useAddress, useObservatory } from './address.ts';
import { AnswerTypes } from './answer-types.tsx';
import './calibration.css';
import { SectionHead } from '../shared/section-head.tsx';
import { ContextChooser } from './context-chooser.tsx';
import { useLiveContexts } from './live.ts';
import { bestReferencesQuery, datasetQuery } from './queries.ts';
import { Unreadable } from './unreadable.tsx';

/** One registered exposure: its header, and the references it needs now. */
export function DatasetPage() {
  const observatory = useObservatory();
  const { id } = useParams({ strict: false }) as { id: string };
  usePlace(
    crumbsOf(
      observatory,
      { label: 'Datasets', to: `/calibration/${observatory}/datasets` },
      { label: id, mono: true },
    ),
  );
  useLiveContexts(observatory);
  const { data, error, refetch } = useQuery(datasetQuery(observatory, id));
  if (data === undefined)
    return error !== null ? (
      <Unreadable title={id} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  rememberPage({ label: id, to: `/calibration/${observatory}/datasets/${encodeURIComponent(id)}` });
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{data.id}</h1>
          <p className="small quiet">
            {data.instrument.toUpperCase()}
            {data.date !== null && (
              <>
                , exposed <Time at={data.date} />
              </>
            )}{' '}
            · registered <Time at={data.registeredAt} />
          </p>
        </div>
        <div className="acts">
          <Href to={pageHref(observatory, 'best-references', { dataset: data.id })} className="button">
            Why these references?
          </Href>
        </div>
      </div>
      <div className="halves even">
        <References observatory={observatory} id={data.id} />
        <Header dataset={data} />
      </div>
    </>
  );
}

function References({ observatory, id }: { observatory: string; id: string }) {
  const [{ context }, go] = useAddress();
  const { data, error, refetch } = useQuery(
    bestReferencesQuery(observatory, { dataset: id, ...(context === undefined ? {} : { context }) }),
  );
  return (
    <section>
      <SectionHead
        title="Best references"
        {...(data === undefined ? {} : { note: `in ${data.context}, ${milliseconds(data.tookMs)}` })}
      />
      <div className="stack close">
        <div className="filter-line">
          <ContextChooser
            observatory={observatory}
            name="context"
            value={context}
            onChange={(next) => go({ context: next })}
          />
        </div>
        {data !== undefined ? (
          <AnswerTypes observatory={observatory} answer={data} />
        ) : error !== null ? (
          <ErrorPanel what="There is no recommendation" error={error} retry={() => void refetch()} />
        ) : (
          <div className="panel">
            <SkeletonRows rows={8} />
          </div>
        )}
      </div>
    </section>
  );
}

function Header({ dataset }: { dataset: CrdsDataset }) {
  const [{ q = '' }, go] = useAddress();
  const low = q.toLowerCase();
  const shown = dataset.header.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(low));
  return (
    <section>
      <SectionHead title="Header" note={plural(dataset.header.length, 'value')} />
      <div className="stack close">
        <FilterBar
          value={q}
          onChange={(text) => go({ q: text || undefined }, true)}
          placeholder="name or value"
          fields={[]}
        />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
        <div className="panel scroll-x" tabIndex={0}>
          {shown.length === 0 ? (
            <Empty title={`None of ${count(dataset.header.length)} values matches`} />
          ) : (
            <table className="table mono" aria-label="Header">
              <tbody>
                {shown.slice(0, 1000).map(({ name, value }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td className="fill wrap-any">{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      </div>
    </section>
  );
}
