import type { UwsDefinition, UwsJob, UwsParameterDescription } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { call } from '../shared/api.ts';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActError } from '../shared/confirm-act.tsx';
import { bytes, duration, plural } from '../shared/format.ts';
import { useActsOff } from '../shared/live-dot.tsx';
import { usePlace } from '../shared/page.ts';
import { problemOf } from './check-value.ts';
import { Summary } from './form-summary.tsx';
import { bodyOf, type Values } from './form-values.ts';
import { ParameterField } from './parameter-field.tsx';
import { definitionQuery, jobQuery } from './queries.ts';

/** The form of a definition: fields at the left, what will happen at the right. */
export function DefinitionForm() {
  const { name } = useParams({ strict: false }) as { name: string };
  usePlace([
    { label: 'Services', to: '/services' },
    { label: name, mono: true },
  ]);
  const { data, error, refetch } = useQuery(definitionQuery(name));
  const { again } = useSearch({ strict: false }) as { again?: string };
  const earlier = useQuery({ ...jobQuery(again ?? ''), enabled: again !== undefined });
  if (data === undefined) {
    return error !== null ? (
      <ErrorPanel
        what={`The definition ${name} could not be read`}
        error={error}
        retry={() => void refetch()}
      />
    ) : (
      <div className="panel">
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (again !== undefined && earlier.isPending) return null;
  return <Form key={`${data.name} ${again ?? ''}`} definition={data} earlier={earlier.data} />;
}

const draftKey = (name: string) => `orrery.draft.${name}`;

/** Values of an earlier job, else of a draft, else nothing; the query string wins over all. */
function firstValues(definition: UwsDefinition, earlier: UwsJob | undefined): Values {
  const asked = Object.fromEntries(new URLSearchParams(window.location.search));
  const known = new Set(definition.parameters.map((parameter) => parameter.name));
  const fromQuery = Object.fromEntries(Object.entries(asked).filter(([key]) => known.has(key)));
  if (earlier !== undefined) {
    const kept = earlier.parameters.filter((parameter) => !parameter.isDefault && known.has(parameter.name));
    // An upload is given by its address on this server, so that it need not be sent again.
    const values = kept.map(({ name, value, type, href }) => [
      name,
      type === 'file' && href !== null ? new URL(href, window.location.href).href : value,
    ]);
    return { ...Object.fromEntries(values), ...fromQuery };
  }
  try {
    const draft = JSON.parse(sessionStorage.getItem(draftKey(definition.name)) ?? '{}') as Values;
    return { ...draft, ...fromQuery };
  } catch {
    return fromQuery;
  }
}

function Form({ definition, earlier }: { definition: UwsDefinition; earlier: UwsJob | undefined }) {
  const [values, setValues] = useState<Values>(() => firstValues(definition, earlier));
  const [files, setFiles] = useState<Record<string, File[]>>({});
  const [runId, setRunId] = useState(earlier?.runId ?? '');
  const [limit, setLimit] = useState('');
  const [tried, setTried] = useState(false);
  const [more, setMore] = useState(() => Object.keys(values).length > 0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const summary = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const off = useActsOff();
  useEffect(
    () => sessionStorage.setItem(draftKey(definition.name), JSON.stringify(values)),
    [values, definition.name],
  );

  const problems = useMemo(() => findProblems(definition, values, files), [definition, values, files]);
  const first = definition.parameters.filter((parameter) => parameter.required || parameter.type === 'file');
  const rest = definition.parameters.filter((parameter) => !first.includes(parameter));
  const folded = rest.length > 4 && !more && !rest.some((parameter) => problems.has(parameter.name) && tried);

  const send = async (run: boolean) => {
    setTried(true);
    if (problems.size > 0) {
      requestAnimationFrame(() => summary.current?.focus());
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      const job = await call<UwsJob>('POST', '/api/uws/jobs', {
        body: bodyOf(definition, { values, files, runId, limit, run }),
      });
      sessionStorage.removeItem(draftKey(definition.name));
      queryClient.setQueryData(jobQuery(job.id).queryKey, job);
      void queryClient.invalidateQueries({ queryKey: ['uws', 'jobs'] });
      await navigate({ to: '/services/$name/jobs/$id', params: { name: definition.name, id: job.id } });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(true);
  };
  const field = (parameter: UwsParameterDescription) => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      value={values[parameter.name] ?? ''}
      files={files[parameter.name] ?? []}
      maxBytes={definition.maxUploadBytes}
      problem={tried || (values[parameter.name] ?? '') !== '' ? problems.get(parameter.name) : undefined}
      onValue={(value) => setValues((before) => ({ ...before, [parameter.name]: value }))}
      onFiles={(chosen) => setFiles((before) => ({ ...before, [parameter.name]: chosen }))}
    />
  );
  const why = definition.mayRun
    ? off
    : 'You may not run this definition; an administrator gives the role uws.run.';
  return (
    <>
      <Head definition={definition} />
      <div className="with-rail form">
        <form
          onSubmit={submit}
          noValidate
          className="panel panel-pad stack"
          style={{ maxWidth: 640 }}
          aria-label={`Run ${definition.name}`}
        >
          {tried && problems.size > 0 && (
            <div ref={summary} tabIndex={-1} role="alert" className="small tone-bad">
              <b>{problems.size === 1 ? '1 field needs a look' : `${problems.size} fields need a look`}</b>
              <ul>
                {[...problems].map(([name, text]) => (
                  <li key={name}>
                    <a href={`#field-${name}`} className="tone-bad">
                      {name}
                    </a>
                    : {text}
                  </li>
                ))}
              </ul>
            </div>
          )}
          <div className="field">
            <label htmlFor="run-id">
              Name <span className="faint">yours, to find it again</span>
            </label>
            <span className="input">
              <input
                id="run-id"
                maxLength={200}
                value={runId}
                onChange={(event) => setRunId(event.target.value)}
              />
            </span>
          </div>
          {first.map(field)}
          {folded ? (
            <button
              type="button"
              className="fold"
              style={{ alignSelf: 'start' }}
              aria-expanded={false}
              onClick={() => setMore(true)}
            >
              ▸ {plural(rest.length, 'more setting')}
            </button>
          ) : (
            rest.map(field)
          )}
          <TimeLimit definition={definition} value={limit} onChange={setLimit} />
          {error !== undefined && <ActError error={error} />}
          <div className="row">
            <button type="submit" className="button primary" disabled={busy || why !== undefined} title={why}>
              {busy ? 'Sending …' : 'Run'}
            </button>
            <button
              type="button"
              className="button"
              disabled={busy || why !== undefined}
              title={why ?? 'Makes the job and leaves it PENDING until you run it'}
              onClick={() => void send(false)}
            >
              Save as draft
            </button>
            {why !== undefined && <span className="small quiet">{why}</span>}
          </div>
        </form>
        <Summary
          definition={definition}
          values={values}
          files={files}
          runId={runId}
          limit={limit}
          problems={problems.size}
        />
      </div>
    </>
  );
}

function Head({ definition }: { definition: UwsDefinition }) {
  return (
    <div>
      <div className="page-head">
        <div className="page-title">
          <h1>{definition.title}</h1>
        </div>
        <div className="acts">
          <Link to="/services/$name/jobs" params={{ name: definition.name }} className="button">
            Jobs of {definition.name}
          </Link>
        </div>
      </div>
      <p className="small quiet">
        <span className="mono">{definition.name}</span> ·{' '}
        {definition.label ?? `version ${definition.version}`} · {plural(definition.runs, 'run')} in 30 d
        {definition.medianSeconds !== null && `, median ${duration(definition.medianSeconds)}`}
        {definition.contactName !== null && ` · ${definition.contactName}`}
      </p>
      <p className="prose" style={{ marginTop: 6 }}>
        {definition.description}
      </p>
    </div>
  );
}

function TimeLimit({
  definition,
  value,
  onChange,
}: {
  definition: UwsDefinition;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <div className="field">
      <label htmlFor="time-limit">Time limit</label>
      <span className="input" style={{ maxWidth: 220 }}>
        <input
          id="time-limit"
          inputMode="numeric"
          placeholder={String(definition.executionDuration)}
          aria-describedby="time-limit-note"
          value={value}
          onChange={(event) => onChange(event.target.value.replace(/\D/g, ''))}
        />
        <span className="unit">s</span>
      </span>
      <span id="time-limit-note" className="small faint">
        {definition.executionDuration === 0
          ? 'Without one it runs as long as it needs'
          : `${duration(definition.executionDuration)} unless you say otherwise`}
        {definition.maxExecutionDuration > 0 && `, at most ${duration(definition.maxExecutionDuration)}`}.
      </span>
    </div>
  );
}

function findProblems(
  definition: UwsDefinition,
  values: Values,
  files: Record<string, File[]>,
): Map<string, string> {
  const problems = new Map<string, string>();
  for (const parameter of definition.parameters) {
    const chosen = files[parameter.name] ?? [];
    const big = chosen.find((file) => file.size > definition.maxUploadBytes);
    const problem =
      big !== undefined
        ? `${big.name} has ${bytes(big.size)}; at most ${bytes(definition.maxUploadBytes)} are taken.`
        : chosen.length > 0
          ? undefined
          : problemOf(parameter, values[parameter.name] ?? '');
    if (problem !== undefined) problems.set(parameter.name, problem);
  }
  return problems;
}
