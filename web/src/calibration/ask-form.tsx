import { type FormEvent, useState } from 'react';
import { Field } from '../shared/field.tsx';
import { readTyped, useAddress, writeHeader } from './address.ts';

/** The two ways to ask without a file: an id of the catalogue, or values. */
export function AskForm({ observatory }: { observatory: string }) {
  const [, go] = useAddress();
  const [id, setId] = useState('');
  const [text, setText] = useState('');
  const { header, problems } = readTyped(text);
  const n = Object.keys(header).length;
  const askById = (event: FormEvent) => {
    event.preventDefault();
    if (id.trim() !== '') go({ dataset: id.trim(), header: undefined, file: undefined });
  };
  const askByValues = (event: FormEvent) => {
    event.preventDefault();
    if (n > 0) go({ header: writeHeader(header), dataset: undefined, file: undefined });
  };
  const noId = id.trim() === '' ? 'Give an id' : undefined;
  const noValues = n === 0 ? 'Type at least the instrument' : undefined;
  return (
    <div className="halves even">
      <form className="panel panel-pad stack close" onSubmit={askById} aria-label="Ask with an id">
        <Field label="Id of a dataset" note={`One that ${observatory} has registered.`}>
          {(ids) => (
            <input
              {...ids}
              className="mono"
              autoComplete="off"
              spellCheck={false}
              value={id}
              onChange={(event) => setId(event.target.value)}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="button" disabled={noId !== undefined} title={noId}>
            Ask with the id
          </button>
        </div>
      </form>
      <form className="panel panel-pad stack close" onSubmit={askByValues} aria-label="Ask with values">
        <Field
          label="Values of a header"
          note="A KEY = value on each line; keywords of FITS, or the longer names that rules use."
          problem={problems[0]}
        >
          {(ids) => (
            <textarea
              {...ids}
              className="mono"
              rows={7}
              spellCheck={false}
              placeholder={'INSTRUME = ACS\nDETECTOR = WFC\nDATE-OBS = 2003-03-08'}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="button" disabled={noValues !== undefined} title={noValues}>
            Ask with values
          </button>
        </div>
      </form>
    </div>
  );
}
