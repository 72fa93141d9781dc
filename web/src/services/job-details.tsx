import type { UwsJob, UwsParameterDescription } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActError } from '../shared/confirm-act.tsx';
import { duration } from '../shared/format.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { problemOf } from './check-value.ts';
import { givenValues } from './form-values.ts';
import { ParameterValue } from './job-rail.tsx';
import { ParameterField } from './parameter-field.tsx';
import { definitionQuery, jobQuery } from './queries.ts';

/** All parameters; while the job is PENDING they can be changed. */
export function Parameters({ job }: { job: UwsJob }) {
  const [editing, setEditing] = useState(false);
  if (editing) return <EditParameters job={job} onDone={() => setEditing(false)} />;
  return (
    <div className="panel">
      {job.acts.update && job.phase === 'PENDING' && (
        <div className="panel-head">
          <span className="quiet small">
            The job waits for Run; until then its parameters can be changed.
          </span>
          <span className="grow" />
          <button type="button" className="button small" onClick={() => setEditing(true)}>
            Change parameters
          </button>
        </div>
      )}
      {job.parameters.length === 0 ? (
        <Empty title="The job has no parameters" />
      ) : (
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Parameter</th>
                <th scope="col">Value</th>
                <th scope="col">Type</th>
              </tr>
            </thead>
            <tbody>
              {job.parameters.map((parameter) => (
                <tr key={parameter.name}>
                  <th scope="row" className="strong">
                    {parameter.name}
                  </th>
                  <td className="fill wrap-any">
                    <ParameterValue parameter={parameter} />
                  </td>
                  <td className="quiet small">{parameter.type}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function EditParameters({ job, onDone }: { job: UwsJob; onDone: () => void }) {
  const { data: definition, error } = useQuery(definitionQuery(job.definition, job.definitionVersion));
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      job.parameters
        .filter((each) => !each.isDefault && each.type !== 'file')
        .map((each) => [each.name, each.value]),
    ),
  );
  const [files, setFiles] = useState<Record<string, File[]>>({});
  const [failure, setFailure] = useState<unknown>();
  const queryClient = useQueryClient();
  if (definition === undefined)
    return error === null ? (
      <SkeletonRows />
    ) : (
      <ErrorPanel what="The definition could not be read" error={error} />
    );
  // A file that is not given anew stays as it is.
  const problemIn = (each: UwsParameterDescription) =>
    each.type === 'file' && (values[each.name] ?? '') === ''
      ? undefined
      : problemOf(each, values[each.name] ?? '');
  const problems = definition.parameters.filter((each) => problemIn(each) !== undefined);
  const save = async () => {
    const given = givenValues(definition, { values, files });
    const uploads = Object.entries(files).flatMap(([name, list]) =>
      list.map((file) => [name, file] as const),
    );
    let body: unknown = { parameters: given };
    if (uploads.length > 0) {
      const form = new FormData();
      form.append('job', JSON.stringify(body));
      for (const [name, file] of uploads) form.append(name, file, file.name);
      body = form;
    }
    try {
      const next = await call<UwsJob>('PATCH', `/api/uws/jobs/${encodeURIComponent(job.id)}`, { body });
      queryClient.setQueryData(jobQuery(job.id).queryKey, next);
      onDone();
    } catch (caught) {
      setFailure(caught);
    }
  };
  return (
    <div className="panel panel-pad stack" style={{ maxWidth: 640 }}>
      {definition.parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name] ?? ''}
          files={files[parameter.name] ?? []}
          maxBytes={definition.maxUploadBytes}
          problem={problemIn(parameter)}
          lost={kept(job, parameter.name)}
          onValue={(value) => setValues((before) => ({ ...before, [parameter.name]: value }))}
          onFiles={(chosen) => setFiles((before) => ({ ...before, [parameter.name]: chosen }))}
        />
      ))}
      {failure !== undefined && <ActError error={failure} />}
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={problems.length > 0}
          title={
            problems.length > 0
              ? `${problems.map((each) => each.name).join(', ')} must be right first`
              : undefined
          }
          onClick={() => void save()}
        >
          Save parameters
        </button>
        <button type="button" className="button bare" onClick={onDone}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** A file the job has already, which stays unless another one is given. */
function kept(job: UwsJob, name: string): string | undefined {
  const present = job.parameters.find((each) => each.name === name && each.type === 'file');
  return present === undefined ? undefined : `${present.value} stays unless another one is given.`;
}

/** Every phase the job went through, with who or what caused it. */
export function History({ job }: { job: UwsJob }) {
  return (
    <div className="panel scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Phase</th>
            <th scope="col">Why</th>
            <th scope="col" className="num">
              Lasted
            </th>
          </tr>
        </thead>
        <tbody>
          {job.phases.map((entry, index) => {
            const next = job.phases[index + 1];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a phase may come twice and never moves
              <tr key={index}>
                <td className="mono">
                  <Time at={entry.at} />
                </td>
                <td>
                  <State family="uwsJob" word={entry.phase} />
                </td>
                <td className="fill">{entry.why}</td>
                <td className="num">
                  {next === undefined ? '–' : duration((Date.parse(next.at) - Date.parse(entry.at)) / 1000)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The job as its standard clients see it. */
export function UwsDocument({ job }: { job: UwsJob }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['uws', 'document', job.id, job.phase],
    queryFn: async ({ signal }) => {
      const response = await fetch(job.uwsHref, {
        signal,
        headers: { accept: 'application/xml' },
        credentials: 'same-origin',
      });
      if (!response.ok) throw new Error(`The document was answered with ${response.status}.`);
      return response.text();
    },
  });
  if (error !== null)
    return (
      <ErrorPanel what="The UWS document could not be read" error={error} retry={() => void refetch()} />
    );
  return (
    <div className="panel">
      <div className="panel-head">
        <span className="mono wrap-any">{job.uwsHref}</span>
        <span className="grow" />
        <a className="button small" href={`${job.uwsHref}?RESPONSEFORMAT=xml`}>
          Open
        </a>
      </div>
      {data === undefined ? <SkeletonRows /> : <pre className="preview-text">{indentXml(data)}</pre>}
    </div>
  );
}

/** Breaks an XML document into lines of one tag each; documents that have lines stay as they are. */
export function indentXml(xml: string): string {
  if (xml.trim().split('\n').length > 5) return xml;
  let depth = 0;
  const lines: string[] = [];
  for (const token of xml.replace(/>\s*</g, '>\n<').split('\n')) {
    const closes = /^<\//.test(token);
    if (closes) depth = Math.max(0, depth - 1);
    lines.push('  '.repeat(depth) + token);
    const opens = /^<[^!?/]/.test(token) && !/\/>$/.test(token) && !/<\/[^>]+>$/.test(token);
    if (opens) depth += 1;
  }
  return lines.join('\n');
}
