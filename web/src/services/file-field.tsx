import type { UwsParameterDescription } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { DropZone } from '../shared/drop-zone.tsx';
import { ResultPicker } from './result-picker.tsx';
import { linesOf, readStoredInput } from './stored-input.ts';

export interface FileFieldProps {
  id: string;
  parameter: UwsParameterDescription;
  /** Addresses and references, one on each line. */
  value: string;
  files: File[];
  maxBytes: number;
  problem: string | undefined;
  /** Takes what is dropped anywhere on the page; one field of a form does. */
  wholePage: boolean;
  onValue: (value: string) => void;
  onFiles: (files: File[]) => void;
}

type Source = 'file' | 'address' | 'result';
const sources: ReadonlyArray<readonly [Source, string]> = [
  ['file', 'File'],
  ['address', 'Address'],
  ['result', 'Earlier result'],
];

/** A file by drop or choice, by an address the server fetches, or as the result of an earlier job. */
export function FileField(props: FileFieldProps) {
  const { id, parameter, value, files, onValue, onFiles } = props;
  const lines = linesOf(value);
  const stored = lines.filter((line) => readStoredInput(line) !== undefined);
  const addresses = lines.filter((line) => readStoredInput(line) === undefined);
  const [source, setSource] = useState<Source>(
    value === '' ? 'file' : stored.length > 0 ? 'result' : 'address',
  );
  const [picking, setPicking] = useState(false);
  const choose = (next: Source) => {
    setSource(next);
    if (next === 'result' && stored.length === 0) setPicking(true);
    if (parameter.multiple || next === source) return;
    // One file only: what another source gave makes room.
    if (next !== 'file') onFiles([]);
    if (next === 'file' || (next === 'address') !== addresses.length > 0) onValue('');
  };
  const keep = (nextStored: string[], nextAddresses: string[]) =>
    onValue([...nextStored, ...nextAddresses].join('\n'));
  const pick = (reference: string) => {
    setPicking(false);
    if (!parameter.multiple) onFiles([]);
    keep(
      parameter.multiple ? [...stored.filter((line) => line !== reference), reference] : [reference],
      parameter.multiple ? addresses : [],
    );
  };
  return (
    <>
      <fieldset className="segments" aria-label={`Where ${parameter.name} comes from`}>
        {sources.map(([each, label]) => (
          <button key={each} type="button" aria-pressed={each === source} onClick={() => choose(each)}>
            {label}
          </button>
        ))}
      </fieldset>
      {source === 'address' ? (
        <AddressInput {...props} addresses={addresses} onAddresses={(next) => keep(stored, next)} />
      ) : source === 'result' ? (
        <div className="row">
          <button id={id} type="button" className="button" onClick={() => setPicking(true)}>
            {stored.length === 0
              ? 'Choose a result …'
              : parameter.multiple
                ? 'Add another …'
                : 'Choose another …'}
          </button>
        </div>
      ) : (
        <DropZone
          id={id}
          files={files}
          onFiles={onFiles}
          multiple={parameter.multiple}
          maxBytes={props.maxBytes}
          wholePage={props.wholePage}
          {...(parameter.mediaTypes === null ? {} : { accept: parameter.mediaTypes })}
        />
      )}
      {stored.length > 0 && (
        <ul className="stack close" aria-label={`Stored files for ${parameter.name}`}>
          {stored.map((line) => (
            <StoredLine
              key={line}
              line={line}
              onRemove={() =>
                keep(
                  stored.filter((other) => other !== line),
                  addresses,
                )
              }
            />
          ))}
        </ul>
      )}
      {parameter.multiple && source !== 'address' && addresses.length > 0 && (
        <p className="small quiet">
          and {addresses.length === 1 ? '1 address' : `${addresses.length} addresses`}
        </p>
      )}
      {parameter.multiple && source !== 'file' && files.length > 0 && (
        <p className="small quiet">and {files.map((file) => file.name).join(', ')}</p>
      )}
      {picking && (
        <ResultPicker
          label={`A result for ${parameter.name}`}
          onPick={pick}
          onClose={() => setPicking(false)}
        />
      )}
    </>
  );
}

function StoredLine({ line, onRemove }: { line: string; onRemove: () => void }) {
  const stored = readStoredInput(line);
  if (stored === undefined) return null;
  return (
    <li className="row">
      <span>
        {stored.kind === 'result' ? 'result' : 'the same files as'} <b className="strong">{stored.name}</b> of
        job{' '}
        <Link
          to="/services/$name/jobs/$id"
          params={{ name: '-', id: stored.jobId }}
          className="mono wrap-any"
        >
          {stored.jobId}
        </Link>
      </span>
      <button type="button" className="link small" style={{ marginLeft: 'auto' }} onClick={onRemove}>
        Remove
      </button>
    </li>
  );
}

function AddressInput({
  id,
  parameter,
  problem,
  addresses,
  onAddresses,
}: FileFieldProps & { addresses: string[]; onAddresses: (addresses: string[]) => void }) {
  const [text, setText] = useState(addresses.join('\n'));
  const common = {
    id,
    value: text,
    placeholder: 'https://…',
    spellCheck: false,
    'aria-describedby': `${id}-note`,
    'aria-invalid': problem !== undefined,
  };
  const change = (next: string) => {
    setText(next);
    onAddresses(linesOf(next));
  };
  return (
    <span className={`input ${problem === undefined ? '' : 'bad'}`}>
      {parameter.multiple ? (
        <textarea {...common} rows={3} onChange={(event) => change(event.target.value)} />
      ) : (
        <input {...common} type="url" onChange={(event) => change(event.target.value)} />
      )}
    </span>
  );
}
