import type { UwsJob } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, duration, middle } from '../shared/format.ts';
import { JobLimits } from './job-limits.tsx';
import { readStoredInput } from './stored-input.ts';

/** Beside the job: parameters at a glance, where it ran, the same from a program. */
export function JobRail({ job }: { job: UwsJob }) {
  const shown = job.parameters.slice(0, 8);
  const base = window.location.origin;
  const curl = `curl -H "Authorization: Bearer $ORRERY_TOKEN" \\\n  ${base}${job.uwsHref}`;
  return (
    <aside className="rail">
      {shown.length > 0 && (
        <section>
          <div className="section-head">
            <h2>Parameters</h2>
            {job.parameters.length > shown.length && (
              <Link to="." search={{ tab: 'parameters' }}>
                all {job.parameters.length}
              </Link>
            )}
          </div>
          <Facts
            rows={shown.map((parameter): [string, ReactNode] => [
              parameter.name,
              <ParameterValue key="v" parameter={parameter} />,
            ])}
          />
        </section>
      )}
      {job.where !== null && <Where where={job.where} />}
      <JobLimits job={job} />
      <section>
        <div className="section-head">
          <h2>From a program</h2>
          <CopyButton text={curl} />
        </div>
        <pre className="code">{curl}</pre>
      </section>
    </aside>
  );
}

/** The value of a parameter with unit; a file as its link and size. */
export function ParameterValue({ parameter }: { parameter: UwsJob['parameters'][number] }) {
  const { value, unit, isDefault, href, sizeBytes } = parameter;
  const from = (parameter.from ?? []).flatMap((line) => readStoredInput(line) ?? []);
  const text = parameter.type === 'file' ? middle(value, 34) : value;
  return (
    <>
      {href === null ? (
        <span title={value}>{text === '' ? '–' : text}</span>
      ) : (
        <a href={href} className="mono" title={value}>
          {text}
        </a>
      )}
      {unit !== null && ` ${unit}`}
      {sizeBytes !== null && <span className="faint"> {bytes(sizeBytes)}</span>}
      {isDefault && <span className="faint"> usual</span>}
      {from.map((stored) => (
        <span key={`${stored.jobId} ${stored.name}`} className="faint">
          {' '}
          from {stored.kind === 'result' ? `result ${stored.name} of` : ''} job{' '}
          <Link
            to="/services/$name/jobs/$id"
            params={{ name: '-', id: stored.jobId }}
            className="mono wrap-any"
          >
            {stored.jobId}
          </Link>
        </span>
      ))}
    </>
  );
}

function Where({ where }: { where: NonNullable<UwsJob['where']> }) {
  return (
    <section>
      <div className="section-head">
        <h2>{where.exitCode === null && where.signal === null ? 'Runs on' : 'Ran on'}</h2>
      </div>
      <Facts
        rows={[
          ['Back end', where.backend],
          ['Host', where.host],
          [
            'Run',
            <span key="run" className="mono">
              {where.runId}
            </span>,
          ],
          ['Isolation', where.isolation],
          [
            'Exit',
            where.signal !== null
              ? `by signal ${where.signal}`
              : where.exitCode === null
                ? null
                : `code ${where.exitCode}`,
          ],
          ['Peak memory', where.peakMemoryBytes === null ? null : bytes(where.peakMemoryBytes)],
          ['CPU', where.cpuSeconds === null ? null : duration(where.cpuSeconds)],
        ]}
      />
    </section>
  );
}
