import type { CrdsFile } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { fileHref, useAddress } from './address.ts';
import { ContextChooser } from './context-chooser.tsx';
import { matchesQuery } from './queries.ts';

/** Every way through the rules of a context that ends in this file. */
export function FilePatterns({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [{ context }, go] = useAddress();
  const { data, error, refetch } = useQuery(matchesQuery(observatory, file.name, context));
  return (
    <>
      <div className="filter-line">
        <ContextChooser
          observatory={observatory}
          name="context"
          value={context}
          onChange={(next) => go({ context: next })}
        />
        {data !== undefined && (
          <span className="small quiet">
            {plural(data.rows.length + data.hidden, 'way')} through {data.context}
          </span>
        )}
      </div>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The patterns could not be read" error={error} retry={() => void refetch()} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
        <div className="panel scroll-x" tabIndex={0}>
          {data === undefined ? (
            <SkeletonRows />
          ) : data.rows.length === 0 ? (
            <Empty title={`No rule of ${data.context} leads to it`}>
              {file.contexts.last === null
                ? 'No context does.'
                : `The last context that does is ${file.contexts.last}.`}
            </Empty>
          ) : (
            <table className="table loose" aria-label="Ways to the file">
              <thead>
                <tr>
                  <th scope="col">Rules</th>
                  <th scope="col">Values that lead to it, level by level</th>
                </tr>
              </thead>
              <tbody>
                {data.rows.map((row, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: ways through rules that do not change
                  <tr key={index}>
                    <th scope="row" className="nowrap">
                      <Href to={fileHref(observatory, row.rmap, { tab: 'contents' })} className="mono">
                        {row.rmap}
                      </Href>
                    </th>
                    <td className="rule-cell fill">
                      {row.levels.map((level, depth) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: levels keep their order
                        <div key={depth}>
                          {level.parameters.map(({ name, value }) => (
                            <Fragment key={name}>
                              <span className="label">{name}</span> <span className="mono">{value}</span>{' '}
                            </Fragment>
                          ))}
                        </div>
                      ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {data !== undefined && data.hidden > 0 && (
            <p className="panel-pad small quiet">
              {plural(data.hidden, 'more way is', 'more ways are')} not shown.
            </p>
          )}
        </div>
      )}
    </>
  );
}
