import type { PandaQueueKey } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { queueSchemaQuery } from './queries.ts';

/** Every key a description may have, with its meaning; the chosen one first. */
export function KeyHelp({ chosen }: { chosen: string | undefined }) {
  const { data, error, refetch } = useQuery(queueSchemaQuery);
  const [text, setText] = useState('');
  if (data === undefined)
    return error === null ? (
      <SkeletonRows rows={6} />
    ) : (
      <ErrorPanel
        what="The meaning of the keys could not be read"
        error={error}
        retry={() => void refetch()}
      />
    );
  const one = data.keys.find(({ name }) => name === chosen);
  const low = text.toLowerCase();
  const found = data.keys.filter(({ name, help }) => `${name} ${help}`.toLowerCase().includes(low));
  const groups = [...new Set(found.map(({ group }) => group))];
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Keys</h2>
        <span className="grow" />
        <label className="input narrow">
          <span className="only-read">Find a key</span>
          <input value={text} placeholder="find a key" onChange={(event) => setText(event.target.value)} />
        </label>
      </div>
      <div className="key-now panel-pad" aria-live="polite">
        {one === undefined ? (
          <p className="quiet small">
            {chosen === undefined
              ? 'No key is under the cursor.'
              : `Nobody here reads ${chosen}; it is kept.`}
          </p>
        ) : (
          <p>
            <b className="mono strong">{one.name}</b> {one.help} <Kind of={one} />
          </p>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, by keys too */}
      <div className="key-list" tabIndex={0}>
        <table className="table loose no-lines">
          {groups.map((group) => (
            <Fragment key={group}>
              <tbody>
                <tr>
                  <th scope="rowgroup" colSpan={2} className="group-head">
                    {group}
                  </th>
                </tr>
                {found
                  .filter((key) => key.group === group)
                  .map((key) => (
                    <tr key={key.name} className={key.name === chosen ? 'on' : ''}>
                      <th scope="row" className="mono">
                        {key.name}
                      </th>
                      <td className="fill">
                        {key.help} <Kind of={key} />
                      </td>
                    </tr>
                  ))}
              </tbody>
            </Fragment>
          ))}
        </table>
        {found.length === 0 && <p className="empty quiet">No key is about “{text}”.</p>}
      </div>
    </section>
  );
}

const words: Record<PandaQueueKey['type'], string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
};

function Kind({ of }: { of: PandaQueueKey }) {
  const parts = [
    of.options === null ? words[of.type] : of.options.join(' | '),
    ...(of.unit === null ? [] : [of.unit]),
    ...(of.required ? ['needed'] : []),
    ...(of.default === null ? [] : [`${of.default} when absent`]),
  ];
  return <span className="faint small">{parts.join(', ')}</span>;
}
