import {
  type CrdsContext,
  type CrdsContextSet,
  type CrdsObservatory,
  crdsContextKinds,
} from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { apiHref, contextQuery, contextsQuery } from './queries.ts';

type Kind = CrdsContextSet['kind'];

interface SetContextProps {
  observatory: CrdsObservatory;
  /** The context that is offered first. */
  context?: string;
  onClose: () => void;
}

/** Makes a context the latest, edit, versions or build one; says before what stands against it. */
export function SetContext({ observatory, context: first, onClose }: SetContextProps) {
  const id = observatory.observatory;
  const { contexts } = observatory;
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<Kind>('latest');
  const [context, setContext] = useState(first ?? contexts.edit ?? contexts.latest ?? '');
  const [description, setDescription] = useState('');
  const [version, setVersion] = useState('');
  const list = useQuery(contextsQuery(id, { limit: 50 }));
  const name = context.trim();
  const known = useQuery({ ...contextQuery(id, name), enabled: /\.pmap$/.test(name), retry: false });
  const now = contexts[kind];
  const problem =
    name === ''
      ? 'Choose a context'
      : description.trim() === ''
        ? 'Say why: it stands in the history'
        : kind === 'build' && version.trim() === ''
          ? 'Give the calibration version'
          : undefined;
  const run = async () => {
    const body: CrdsContextSet = {
      kind,
      context: name,
      description: description.trim(),
      ...(kind === 'build' ? { calibrationVersion: version.trim() } : {}),
    };
    await call<CrdsContext>('POST', apiHref(id, 'contexts'), { body });
    await queryClient.invalidateQueries({ queryKey: ['crds'] });
  };
  return (
    <FormDialog
      title={`Set a context of ${id}`}
      verb={`Set ${kind} context`}
      problem={problem}
      run={run}
      onClose={onClose}
    >
      <Field label="What it is for" note={`Now: ${now ?? 'none'}`}>
        {(ids) => (
          <select {...ids} value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {crdsContextKinds.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Context" note="A name, or a symbolic or dated one.">
        {(ids) => (
          <input
            {...ids}
            className="mono"
            list="set-context-names"
            autoComplete="off"
            value={context}
            onChange={(event) => setContext(event.target.value)}
          />
        )}
      </Field>
      <datalist id="set-context-names">
        {(list.data?.rows ?? []).map((row) => (
          <option key={row.name} value={row.name} />
        ))}
      </datalist>
      {kind === 'build' && (
        <Field label="Calibration version" note="For example 1.16.2.">
          {(ids) => <input {...ids} value={version} onChange={(event) => setVersion(event.target.value)} />}
        </Field>
      )}
      <Field label="Description" note="Why, for the history and for everybody who uses it.">
        {(ids) => (
          <textarea
            {...ids}
            rows={2}
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
      {kind === 'latest' && known.data !== undefined && <Obstacles context={known.data} />}
    </FormDialog>
  );
}

/** What stands against making it the latest one, before the server refuses it. */
export function Obstacles({ context }: { context: CrdsContext }) {
  const { obstacles } = context;
  if (obstacles === null) return null;
  if (obstacles.length === 0)
    return (
      <p className="small state">
        <Glyph face="good" size={12} /> Nothing stands against it.
      </p>
    );
  return (
    <div role="status">
      <p className="small">
        <Glyph face="bad" size={12} /> {context.name} cannot become latest:
      </p>
      <ul className="small">
        {obstacles.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </div>
  );
}
