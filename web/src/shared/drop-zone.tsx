import { useEffect, useRef, useState } from 'react';
import { bytes } from './format.ts';

interface DropProps {
  id: string;
  files: File[];
  onFiles: (files: File[]) => void;
  multiple?: boolean;
  maxBytes: number;
  accept?: string[];
  /** False where a page has several: then only what is dropped on this one is taken. */
  wholePage?: boolean;
  /** Where no label of a form names it. */
  label?: string;
  /** Said in place of the limit, where any size will do. */
  note?: string;
}

/** Takes files dropped anywhere on the page, or on itself, or chosen; tells the limit before. */
export function DropZone(props: DropProps) {
  const { id, files, onFiles, multiple = false, maxBytes, accept, wholePage = true, note } = props;
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const zone = useRef<HTMLDivElement>(null);
  const take = useRef<(list: FileList | null) => void>(() => {});
  take.current = (list) => {
    const chosen = [...(list ?? [])];
    if (chosen.length > 0) onFiles(multiple ? [...files, ...chosen] : chosen.slice(0, 1));
  };
  useEffect(() => {
    const isHere = (event: DragEvent) =>
      wholePage || (event.target instanceof Node && zone.current?.contains(event.target) === true);
    const dragOver = (event: DragEvent) => {
      event.preventDefault();
      setOver(isHere(event));
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      // A file dropped beside the field must not be opened by the browser in place of the form.
      event.preventDefault();
      setOver(false);
      if (isHere(event)) take.current(event.dataTransfer?.files ?? null);
    };
    window.addEventListener('dragover', dragOver);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', dragOver);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [wholePage]);
  return (
    <div ref={zone} className={`drop ${over ? 'over' : ''}`}>
      <input
        ref={input}
        id={id}
        type="file"
        className="only-read"
        aria-label={props.label}
        multiple={multiple}
        accept={mediaTypesToAccept(accept)}
        onChange={(event) => {
          take.current(event.target.files);
          event.target.value = '';
        }}
      />
      {files.length === 0 ? (
        <p>
          <span className="strong">Drop {multiple ? 'files' : 'a file'} here</span>{' '}
          <span className="small quiet">
            or{' '}
            <button type="button" className="link" onClick={() => input.current?.click()}>
              choose {multiple ? 'some' : 'one'}
            </button>
            ; {note ?? `at most ${bytes(maxBytes)}`}
          </span>
        </p>
      ) : (
        <ul className="stack close" style={{ textAlign: 'left' }}>
          {files.map((file, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may share a name
            <li key={index} className="row">
              <span className="mono wrap-any">{file.name}</span>
              <span className="small faint">{bytes(file.size)}</span>
              <button
                type="button"
                className="link small"
                style={{ marginLeft: 'auto' }}
                onClick={() => onFiles(files.filter((_, other) => other !== index))}
              >
                Remove
              </button>
            </li>
          ))}
          {multiple && (
            <li>
              <button type="button" className="link small" onClick={() => input.current?.click()}>
                Add more
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** FITS has no media type that browsers know, so its endings are added. */
function mediaTypesToAccept(types: string[] | undefined): string | undefined {
  if (types === undefined) return undefined;
  const fits = types.some((type) => type.includes('fits')) ? ['.fits', '.fit', '.fts', '.fz'] : [];
  return [...types, ...fits].join(',');
}
