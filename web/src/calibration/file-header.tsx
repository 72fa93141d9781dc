import type { CrdsFile } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { plural } from '../shared/format.ts';
import { useAddress } from './address.ts';
import { referenceHeaderQuery } from './queries.ts';

/** The header cards of a reference in FITS; none of its data are read. */
export function FileHeader({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [{ q = '' }, go] = useAddress();
  const { data, error, refetch } = useQuery(referenceHeaderQuery(observatory, file.name));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The header could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined)
    return (
      <div className="panel">
        <SkeletonRows rows={14} />
      </div>
    );
  const low = q.toLowerCase();
  const fits = (card: { keyword: string; value: string; comment: string }) =>
    `${card.keyword} ${card.value} ${card.comment}`.toLowerCase().includes(low);
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined }, true)}
        placeholder="keyword, value or comment"
        fields={[]}
      />
      <div className="panel">
        {data.units.map((unit, index) => {
          const cards = unit.cards.filter(fits);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: units of one file keep their order
            <details key={index} className="fold-panel" open={index === 0 || q !== ''}>
              <summary>
                <b className="strong">
                  [{index}] {unit.name}
                </b>
                <span className="count">{plural(cards.length, 'card')}</span>
              </summary>
              {cards.length > 0 && (
                // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
                <section className="fold-body scroll-x" tabIndex={0} aria-label={`Cards of ${unit.name}`}>
                  <table className="table mono">
                    <tbody>
                      {cards.map((card, at) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: cards of one unit keep their order
                        <tr key={at}>
                          <th scope="row">{card.keyword}</th>
                          <td className="strong">{card.value}</td>
                          <td className="quiet">{card.comment}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </section>
              )}
            </details>
          );
        })}
        {data.units.length === 0 && <Empty title="It has no header" />}
      </div>
      {data.cut && <p className="small quiet">There is more; download the file to see all of it.</p>}
    </>
  );
}
