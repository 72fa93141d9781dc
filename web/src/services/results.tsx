import type { UwsJob, UwsResult } from '@orrery/contracts';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Empty } from '../shared/blanks.tsx';
import { FilePreview } from '../shared/file-preview.tsx';
import { bytes, middle } from '../shared/format.ts';
import { faceOf, isFinal } from '../shared/states.ts';

const previewWords: Record<NonNullable<UwsResult['preview']>, string> = {
  image: 'image',
  text: 'text',
  json: 'JSON',
  table: 'table',
  votable: 'VOTable',
  fits: 'FITS',
  histogram: 'histogram',
};

/** Which result one wants to see first: pictures, then tables, then text; logs last. */
function firstShown(results: readonly UwsResult[]): UwsResult | undefined {
  const order = ['image', 'table', 'json', 'histogram', 'votable', 'text', 'fits'];
  const shown = results.filter((result) => result.preview !== null && result.sizeBytes > 0);
  const logs = ['stdout', 'stderr'];
  return shown.toSorted(
    (a, b) =>
      Number(logs.includes(a.name)) - Number(logs.includes(b.name)) ||
      order.indexOf(a.preview ?? '') - order.indexOf(b.preview ?? ''),
  )[0];
}

/** An image stands beside the header it was made from. */
function besides(shown: UwsResult, results: readonly UwsResult[]): UwsResult | undefined {
  if (shown.preview !== 'image') return undefined;
  return results.find((result) => result.name === 'header' && result.preview === 'json');
}

/** The results and, below, one of them as it looks. */
export function Results({ job }: { job: UwsJob }) {
  const { result: asked, tab } = useSearch({ strict: false }) as { result?: string; tab?: string };
  const navigate = useNavigate();
  const { results } = job;
  const shown = results.find((result) => result.name === asked) ?? firstShown(results);
  if (results.length === 0) {
    const final = isFinal(faceOf('uwsJob', job.phase));
    return (
      <div className="panel">
        <Empty title={final ? 'The job left no results' : 'No results yet'}>
          {final ? 'The log says how far it came.' : 'They stand here as soon as the job has ended.'}
        </Empty>
      </div>
    );
  }
  const choose = (name: string) => void navigate({ to: '.', search: { tab, result: name }, replace: true });
  return (
    <>
      <div className="panel scroll-x">
        <table className="table hover" aria-label="Results">
          <thead>
            <tr>
              <th scope="col">Result</th>
              <th scope="col">File</th>
              <th scope="col" className="num">
                Size
              </th>
              <th scope="col">Content</th>
              <th scope="col">SHA-256</th>
              <th scope="col">
                <span className="only-read">Download</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {results.map((result) => (
              <tr key={result.name} className={result === shown ? 'on' : undefined}>
                <th scope="row" className="strong">
                  {result.name}
                </th>
                <td>
                  <button
                    type="button"
                    className="link mono"
                    title={result.fileName}
                    onClick={() => choose(result.name)}
                  >
                    {middle(result.fileName, 36)}
                  </button>
                </td>
                <td className="num">{bytes(result.sizeBytes)}</td>
                <td className="quiet small fill">
                  {result.preview === null
                    ? result.mediaType
                    : `${previewWords[result.preview]}, ${result.mediaType}`}
                </td>
                <td className="mono faint" title={result.sha256}>
                  {result.sha256.slice(0, 12)}
                </td>
                <td className="num">
                  <a href={result.downloadHref}>Download</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown !== undefined && <FilePreview key={shown.name} file={shown} beside={besides(shown, results)} />}
    </>
  );
}
