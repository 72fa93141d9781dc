import type { UwsDefinition, UwsJob, UwsParameterDescription } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError, call } from '../shared/api.ts';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActError } from '../shared/confirm-act.tsx';
import { duration, plural } from '../shared/format.ts';
import { useActsOff } from '../shared/live-dot.tsx';
import { usePlace } from '../shared/page.ts';
import { findProblems } from './check-value.ts';
import { ProblemList, StartNotes } from './form-notes.tsx';
import { dropDraft, keepDraft, type Start, startOf } from './form-start.ts';
import { Summary } from './form-summary.tsx';
import { bodyOf, type Given, type Values } from './form-values.ts';
import { ParameterField } from './parameter-field.tsx';
import { definitionQuery, jobQuery } from './queries.ts';
import { problemOfLimit, RunConditions } from './run-conditions.tsx';

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
  return (
    <>
      {earlier.error !== null && (
        <ErrorPanel what={`The job ${again} could not be read; the form is empty`} error={earlier.error} />
      )}
      <Form key={`${data.name} ${again ?? ''}`} definition={data} earlier={earlier.data} />
    </>
  );
}

/** Everything the form holds, and the draft that follows it. */
function useGiven(definition: UwsDefinition, start: Start) {
  const [given, setGiven] = useState<Given>({ ...start, files: {} });
  const set = (change: Partial<Given>) => setGiven((before) => ({ ...before, ...change }));
  useEffect(() => keepDraft(definition.name, given), [given, definition.name]);
  return { given, set, setGiven };
}

function Form({ definition, earlier }: { definition: UwsDefinition; earlier: UwsJob | undefined }) {
  const [start] = useState(() => startOf(definition, earlier, window.location.search));
  const { given, set, setGiven } = useGiven(definition, start);
  const { values, files, limit, until } = given;
  const [tried, setTried] = useState(false);
  const [more, setMore] = useState(() => Object.keys(values).length > 0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map());
  const summary = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const off = useActsOff();
  const found = useMemo(() => findProblems(definition, values, files), [definition, values, files]);
  const limitProblem = problemOfLimit(definition, limit);
  const problems = new Map([
    ...found,
    ...refused,
    ...(limitProblem === undefined ? [] : [['time-limit', limitProblem] as const]),
  ]);
  const first = definition.parameters.filter((parameter) => parameter.required || parameter.type === 'file');
  const rest = definition.parameters.filter((parameter) => !first.includes(parameter));
  const folded = rest.length > 4 && !more && !rest.some((parameter) => problems.has(parameter.name) && tried);
  const fileFields = definition.parameters.filter((parameter) => parameter.type === 'file');

  const send = async (run: boolean) => {
    setTried(true);
    // What the server refused may be right now; it says so again if not.
    if (found.size > 0 || limitProblem !== undefined) {
      requestAnimationFrame(() => summary.current?.focus());
      return;
    }
    setBusy(true);
    setError(undefined);
    setRefused(new Map());
    try {
      const job = await call<UwsJob>('POST', '/api/uws/jobs', {
        body: bodyOf(definition, { ...given, run }),
      });
      dropDraft(definition.name);
      queryClient.setQueryData(jobQuery(job.id).queryKey, job);
      void queryClient.invalidateQueries({ queryKey: ['uws', 'jobs'] });
      await navigate({ to: '/services/$name/jobs/$id', params: { name: definition.name, id: job.id } });
    } catch (caught) {
      const parameter = caught instanceof ApiError ? caught.details.parameter : undefined;
      if (caught instanceof ApiError && definition.parameters.some(({ name }) => name === parameter)) {
        setRefused(new Map([[String(parameter), caught.message.replace(`Parameter ${parameter}: `, '')]]));
        requestAnimationFrame(() => summary.current?.focus());
      } else setError(caught);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(true);
  };
  const accept = (name: string) => {
    if (refused.has(name)) setRefused(new Map([...refused].filter(([other]) => other !== name)));
  };
  const field = (parameter: UwsParameterDescription) => {
    const { name } = parameter;
    return (
      <ParameterField
        key={name}
        parameter={parameter}
        value={values[name] ?? ''}
        files={files[name] ?? []}
        maxBytes={definition.maxUploadBytes}
        problem={tried || (values[name] ?? '') !== '' ? problems.get(name) : undefined}
        lost={values[name] === undefined && (files[name] ?? []).length === 0 ? start.lost[name] : undefined}
        wholePage={fileFields.length === 1}
        onValue={(value) => {
          accept(name);
          setGiven((before) => ({ ...before, values: withValue(before.values, name, value) }));
        }}
        onFiles={(chosen) => {
          accept(name);
          setGiven((before) => ({ ...before, files: { ...before.files, [name]: chosen } }));
        }}
      />
    );
  };
  const why = definition.mayRun
    ? off
    : 'You may not run this definition; an administrator gives the role uws.run.';
  return (
    <>
      <Head definition={definition} />
      <StartNotes definition={definition} earlier={earlier} unknown={start.unknown} />
      <div className="with-rail form">
        <form
          onSubmit={submit}
          noValidate
          className="panel panel-pad stack"
          style={{ maxWidth: 640 }}
          aria-label={`Run ${definition.name}`}
        >
          {tried && problems.size > 0 && <ProblemList ref={summary} problems={problems} />}
          <div className="field">
            <label htmlFor="run-id">
              Name <span className="faint">yours, to find it again</span>
            </label>
            <span className="input">
              <input
                id="run-id"
                maxLength={200}
                value={given.runId}
                onChange={(event) => set({ runId: event.target.value })}
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
          <RunConditions
            definition={definition}
            limit={limit}
            until={until}
            isWrong={tried && limitProblem !== undefined}
            problem={limitProblem}
            onLimit={(next) => set({ limit: next })}
            onUntil={(next) => set({ until: next })}
          />
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
        <Summary definition={definition} {...given} problems={found.size} />
      </div>
    </>
  );
}

/** An empty value is none: the usual one holds, and the draft forgets it. */
function withValue(values: Values, name: string, value: string): Values {
  const { [name]: _, ...others } = values;
  return value === '' ? others : { ...others, [name]: value };
}

function Head({ definition }: { definition: UwsDefinition }) {
  return (
    <div>
      <div className="page-head">
        <div className="page-title">
          <h1>{definition.title}</h1>
        </div>
        <div className="acts">
          <Link to="/services/$name/definition" params={{ name: definition.name }} className="button">
            What is run
          </Link>
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
