import type { CrdsAffectedDetails, CrdsAffectedWish, CrdsObservatory } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { apiHref, contextsQuery } from './queries.ts';

/** Starts a comparison of two contexts over the registered datasets. */
export function StartRun({ observatory, onClose }: { observatory: CrdsObservatory; onClose: () => void }) {
  const id = observatory.observatory;
  const { latest, edit } = observatory.contexts;
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [before, setBefore] = useState(latest ?? '');
  const [after, setAfter] = useState(edit ?? '');
  const [since, setSince] = useState('');
  const list = useQuery(contextsQuery(id, { limit: 50 }));
  const problem =
    before.trim() === '' || after.trim() === ''
      ? 'Choose two contexts'
      : before.trim() === after.trim()
        ? 'The two are the same'
        : undefined;
  const run = async () => {
    const body: CrdsAffectedWish = {
      old: before.trim(),
      new: after.trim(),
      ...(since === '' ? {} : { since: `${since}T00:00:00.000Z` }),
    };
    const made = await call<CrdsAffectedDetails>('POST', apiHref(id, 'affected'), { body });
    await queryClient.invalidateQueries({ queryKey: ['crds', id, 'affected'] });
    await navigate({ to: `/calibration/${id}/affected/${made.id}` });
  };
  const name = (label: string, value: string, set: (value: string) => void) => (
    <Field label={label} note="A name, or a symbolic or dated one.">
      {(ids) => (
        <input
          {...ids}
          className="mono"
          list="run-contexts"
          autoComplete="off"
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </Field>
  );
  return (
    <FormDialog
      title="Which datasets does a context change?"
      verb="Compare"
      problem={problem}
      run={run}
      onClose={onClose}
    >
      {name('From', before, setBefore)}
      {name('To', after, setAfter)}
      <datalist id="run-contexts">
        {(list.data?.rows ?? []).map((row) => (
          <option key={row.name} value={row.name} />
        ))}
      </datalist>
      <Field label="Exposures since" note="As far back as the changed rules reach when empty.">
        {(ids) => (
          <input {...ids} type="date" value={since} onChange={(event) => setSince(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  );
}
