import type { UwsJob } from '@orrery/contracts';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FilePreview, type PreviewedFile } from '../shared/file-preview.tsx';
import { exact, middle } from '../shared/format.ts';

/** The files a job was given that are on this server, each with its place. */
export function inputFiles(job: Pick<UwsJob, 'parameters'>): PreviewedFile[] {
  return job.parameters.flatMap(({ name, value, href, sizeBytes, files = 1 }) => {
    if (href === null) return [];
    return Array.from({ length: files }, (_, at): PreviewedFile => {
      const place = files === 1 ? href : `${href}/${at + 1}`;
      return {
        name: files === 1 ? name : `${name} ${exact(at + 1)}`,
        fileName: files === 1 ? nameIn(value) : `${name} ${exact(at + 1)}`,
        // The answer says its type, and of several files their sizes.
        mediaType: '',
        sizeBytes: files === 1 ? sizeBytes : null,
        href: place,
        downloadHref: place,
      };
    });
  });
}

/** The file name in an address; a name stays as it is. */
const nameIn = (value: string): string => value.split(/[?#]/)[0]?.split('/').at(-1) || value;

/** Looks at what a job was given as it looks at results; which one is open stands in the address. */
export function InputFiles({ job }: { job: UwsJob }) {
  const search = useSearch({ strict: false }) as { tab?: string; input?: string; view?: string };
  const navigate = useNavigate();
  const files = inputFiles(job);
  const open = files.find((file) => file.name === search.input);
  if (files.length === 0) return null;
  const show = (input?: string, view?: string) =>
    void navigate({ to: '.', search: { tab: search.tab, input, view }, replace: true });
  return (
    <>
      <fieldset className="row" aria-label="Look at an input">
        <span className="small quiet">Look at</span>
        {files.map((file) => (
          <button
            key={file.href}
            type="button"
            className="button small"
            title={file.fileName}
            aria-expanded={file === open}
            onClick={() => show(file === open ? undefined : file.name)}
          >
            {file.name} <span className="mono faint">{middle(file.fileName, 28)}</span>
          </button>
        ))}
      </fieldset>
      {open !== undefined && (
        <FilePreview
          key={open.href}
          file={open}
          view={search.view}
          onView={(view) => show(open.name, view)}
          onClose={() => show()}
        />
      )}
    </>
  );
}
