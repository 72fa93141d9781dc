import type { CrdsFile, CrdsMarkBad, CrdsMarkedBad } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { apiHref } from './queries.ts';

interface MarkProps {
  observatory: string;
  file: CrdsFile;
  onClose: () => void;
}

/** Marks a file bad, or takes that back; says before whom it touches. */
export function MarkBad({ observatory, file, onClose }: MarkProps) {
  const queryClient = useQueryClient();
  const bad = !file.rejected;
  const [reason, setReason] = useState('');
  const [force, setForce] = useState(false);
  const isInUse = bad && file.contexts.isInLatest;
  const problem =
    reason.trim() === ''
      ? 'Say why: everybody who meets it reads this'
      : isInUse && !force
        ? 'The latest context leads to it'
        : undefined;
  const run = async () => {
    const body: CrdsMarkBad = { bad, reason: reason.trim(), ...(force ? { force } : {}) };
    const href = apiHref(observatory, `files/${encodeURIComponent(file.name)}/bad`);
    await call<CrdsMarkedBad>('POST', href, { body });
    await queryClient.invalidateQueries({ queryKey: ['crds'] });
  };
  return (
    <FormDialog
      title={bad ? `Mark ${file.name} bad?` : `Is ${file.name} good again?`}
      verb={bad ? 'Mark bad' : 'Unmark'}
      problem={problem}
      run={run}
      onClose={onClose}
    >
      <ul className="small">
        {bad ? (
          <>
            <li>Clients refuse it from now on, unless they are told not to.</li>
            <li>
              {plural(file.contexts.count, 'context')} and all mappings that lead to it become blacklisted.
            </li>
          </>
        ) : (
          <li>Mappings that lead to no other bad file are good again with it.</li>
        )}
      </ul>
      <Field label="Reason" note="One sentence.">
        {(ids) => (
          <textarea
            {...ids}
            rows={2}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {isInUse && (
        <label className="row small">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          <span>
            <Glyph face="partial" size={12} /> The latest context leads to it: its users get errors. Mark it
            all the same.
          </span>
        </label>
      )}
    </FormDialog>
  );
}
