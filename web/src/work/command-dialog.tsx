import type { PandaJob } from '@orrery/contracts';
import { useState } from 'react';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { useJobAct } from './job-acts.tsx';

/** Commands that pilots know, offered while typing. */
const known = [
  'tail payload.stdout',
  'tail pilotlog.txt',
  'ls -l .',
  'ps -ef',
  'du -sh .',
  'nocleanup',
  'softkill',
];

/** What the pilot is told with the answer to its next heartbeat. */
export function CommandDialog({ job, onClose }: { job: PandaJob; onClose: () => void }) {
  const [text, setText] = useState('');
  const act = useJobAct(job);
  return (
    <FormDialog
      title={`Send a command to the pilot of job ${job.id}`}
      verb="Send command"
      problem={text.trim() === '' ? 'Give a command.' : undefined}
      run={() => act('command', { command: text.trim() })}
      onClose={onClose}
    >
      <Field
        label="Command"
        note={
          job.command === null
            ? 'The pilot gets it with the answer to its next heartbeat. tail, ls, ps, gdb and du show their output under Live output.'
            : `It takes the place of ${job.command}, which the pilot has not taken yet.`
        }
      >
        {(ids) => (
          <>
            <input
              {...ids}
              className="mono"
              list={`${ids.id}-known`}
              maxLength={250}
              spellCheck={false}
              autoComplete="off"
              // biome-ignore lint/a11y/noAutofocus: the dialog has one field
              autoFocus
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <datalist id={`${ids.id}-known`}>
              {known.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          </>
        )}
      </Field>
    </FormDialog>
  );
}
