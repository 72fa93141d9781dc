import type { UwsDefinition, UwsParameterDescription } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, duration, plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { Time } from '../shared/time.tsx';
import { definitionQuery, versionsQuery } from './queries.ts';

/** What a definition runs, takes and gives, in any of its versions. */
export function DefinitionPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const { version: asked } = useSearch({ strict: false }) as { version?: string };
  const version = asked === undefined ? undefined : Number(asked);
  usePlace([
    { label: 'Services', to: '/services' },
    { label: name, to: `/services/${name}`, mono: true },
    { label: 'What is run' },
  ]);
  const { data, error, refetch } = useQuery(definitionQuery(name, version));
  if (data !== undefined) return <Described definition={data} />;
  if (error !== null)
    return <ErrorPanel what="The definition could not be read" error={error} retry={() => void refetch()} />;
  return (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

function Described({ definition }: { definition: UwsDefinition }) {
  const { name, version, label } = definition;
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>{definition.title}</h1>
          </div>
          <div className="acts">
            {definition.mayRun && (
              <Link to="/services/$name" params={{ name }} className="button primary">
                Run …
              </Link>
            )}
            <Link to="/services/$name/jobs" params={{ name }} className="button">
              Jobs of {name}
            </Link>
          </div>
        </div>
        <p className="small quiet">
          <span className="mono">{name}</span> · version {version}
          {label !== null && `, which its author calls ${label}`} · saved by {definition.createdBy}{' '}
          <Time at={definition.createdAt} />
        </p>
        <p className="prose" style={{ marginTop: 6 }}>
          {definition.description}
        </p>
      </div>
      <div className="with-rail">
        <div className="stack">
          <Script definition={definition} />
          <Parameters parameters={definition.parameters} />
          <Results definition={definition} />
        </div>
        <aside className="rail">
          <section>
            <div className="section-head">
              <h2>Run conditions</h2>
            </div>
            <Facts
              rows={[
                [
                  'Time',
                  definition.executionDuration === 0 ? 'no limit' : duration(definition.executionDuration),
                ],
                [
                  'At most',
                  definition.maxExecutionDuration === 0 ? null : duration(definition.maxExecutionDuration),
                ],
                ['Kept', duration(definition.keepDays * 86_400)],
                ['Memory', bytes(definition.memoryMb * 1e6)],
                ['Largest input', bytes(definition.maxUploadBytes)],
              ]}
            />
            <p className="faint">
              A job may ask for another time with EXECUTIONDURATION and DESTRUCTION, and for a name with
              RUNID.
            </p>
          </section>
          <Versions name={name} shown={version} />
        </aside>
      </div>
    </>
  );
}

function Script({ definition: { script, program } }: { definition: UwsDefinition }) {
  if (script === null) {
    return (
      <section className="panel panel-pad">
        <h2>What is run</h2>
        <p>
          {program === null ? (
            'The script is not shown to you.'
          ) : (
            <>
              <span className="mono">{program}</span>, a program of this server.
            </>
          )}
        </p>
      </section>
    );
  }
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>What is run</h2>
        <span className="small quiet">
          bash, in an empty folder; each parameter is a variable of its name, never part of the script
        </span>
        <span className="grow" />
        <CopyButton text={script} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, by keys too */}
      <ol className="script" aria-label="Script" tabIndex={0}>
        {script
          .replace(/\n$/, '')
          .split('\n')
          .map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that does not change
            <li key={index}>
              <code>{line === '' ? ' ' : line}</code>
            </li>
          ))}
      </ol>
    </section>
  );
}

function Parameters({ parameters }: { parameters: readonly UwsParameterDescription[] }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Parameters</h2>
        <span className="small quiet">{parameters.length}</span>
      </div>
      {parameters.length === 0 ? (
        <Empty title="It takes no parameters" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
        <div className="scroll-x" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Usually</th>
                <th scope="col">Allowed</th>
                <th scope="col">Description</th>
              </tr>
            </thead>
            <tbody>
              {parameters.map((parameter) => (
                <tr key={parameter.name}>
                  <th scope="row" className="strong mono">
                    {parameter.name}
                  </th>
                  <td className="quiet">{parameter.type}</td>
                  <td>{parameter.default ?? (parameter.required ? 'needed' : '–')}</td>
                  <td>{allowed(parameter)}</td>
                  <td className="fill described">{parameter.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Range with unit, options, or media types; `any` where nothing is said. */
function allowed({ min, max, unit, options, mediaTypes, multiple }: UwsParameterDescription): string {
  const suffix = unit === null ? '' : ` ${unit}`;
  if (options !== null) return options.join(', ');
  if (min !== null && max !== null) return `${min} to ${max}${suffix}`;
  if (min !== null) return `from ${min}${suffix}`;
  if (max !== null) return `to ${max}${suffix}`;
  if (mediaTypes !== null) return `${mediaTypes.join(', ')}${multiple ? ', several' : ''}`;
  return multiple ? 'several' : unit === null ? 'any' : unit;
}

function Results({ definition: { results } }: { definition: UwsDefinition }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Results</h2>
        <span className="small quiet">{results.length}, with the log of each run</span>
      </div>
      {results.length === 0 ? (
        <Empty title="It names no results" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
        <div className="scroll-x" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">File</th>
                <th scope="col">Type</th>
                <th scope="col">Description</th>
              </tr>
            </thead>
            <tbody>
              {results.map((result) => (
                <tr key={result.name}>
                  <th scope="row" className="strong">
                    {result.name}
                  </th>
                  <td className="mono">{result.file}</td>
                  <td className="quiet">{result.mediaType}</td>
                  <td className="fill described">
                    {result.description}
                    {!result.required && <span className="faint"> may be missing</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Versions({ name, shown }: { name: string; shown: number }) {
  const { data, error, refetch } = useQuery(versionsQuery(name));
  if (data === undefined)
    return error === null ? null : (
      <ErrorPanel what="The versions could not be read" error={error} retry={() => void refetch()} />
    );
  return (
    <section>
      <div className="section-head">
        <h2>Versions</h2>
        <span className="small faint">{plural(data.rows.length, 'version')}</span>
      </div>
      <ol className="stack close plain-list">
        {data.rows.map((row, index) => (
          <li key={row.version} className="row base">
            <Link
              to="/services/$name/definition"
              params={{ name }}
              search={index === 0 ? {} : { version: String(row.version) }}
              aria-current={row.version === shown ? 'page' : undefined}
            >
              v{row.version}
            </Link>
            {row.label !== null && <span>{row.label}</span>}
            {index === 0 && <span>runs now</span>}
            {row.version === shown && <b className="strong">shown</b>}
            <span className="faint">
              {row.createdBy}, <Time at={row.createdAt} />
            </span>
          </li>
        ))}
      </ol>
      <p className="faint">A job keeps the version it was made with.</p>
    </section>
  );
}
