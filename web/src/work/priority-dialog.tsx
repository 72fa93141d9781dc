import { useState } from 'react';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';

/** Asks for a priority; a larger number goes first within its share and queue. */
export function PriorityDialog({
  title,
  first,
  run,
  onClose,
}: {
  title: string;
  first: number;
  run: (priority: number) => Promise<unknown>;
  onClose: () => void;
}) {
  const [text, setText] = useState(String(first));
  const isNumber = /^-?\d{1,7}$/.test(text) && Math.abs(Number(text)) <= 1_000_000;
  const problem = isNumber ? undefined : 'Give a whole number from −1 000 000 to 1 000 000.';
  return (
    <FormDialog
      title={title}
      verb="Set priority"
      problem={problem}
      run={() => run(Number(text))}
      onClose={onClose}
    >
      <Field
        label="Priority"
        problem={problem}
        note="A larger number goes first within its share and queue; 1000 is usual."
      >
        {(ids) => (
          <input
            {...ids}
            inputMode="numeric"
            // biome-ignore lint/a11y/noAutofocus: the dialog has one field
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value.trim())}
          />
        )}
      </Field>
    </FormDialog>
  );
}
