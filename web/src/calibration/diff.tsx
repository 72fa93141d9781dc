import type { CrdsDifferences, CrdsDifferentFile } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, milliseconds, plural } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { contextHref, crumbsOf, fileHref, pageHref, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { ContextChooser } from './context-chooser.tsx';
import { DifferentRules } from './diff-rules.tsx';
import { DifferentText } from './diff-text.tsx';
import { differencesQuery } from './queries.ts';

/** What differs between two contexts, or two mappings of one kind: what it means, and the text. */
export function DiffPage() {
  const observatory = useObservatory();
  const [{ old: before, new: after }, go] = useAddress();
  usePlace(
    crumbsOf(
      observatory,
      { label: 'Contexts', to: `/calibration/${observatory}/contexts` },
      { label: 'Differences' },
    ),
  );
  return (
    <>
      <div className="page-head">
        <h1>
          What changed{' '}
          {before !== undefined && after !== undefined && (
            <span className="rest">
              from {before} to {after}
            </span>
          )}
        </h1>
        {before !== undefined && after !== undefined && (
          <div className="acts">
            <button
              type="button"
              className="button"
              onClick={() => go({ old: after, new: before, open: undefined })}
            >
              Turn round
            </button>
            {/\.pmap$/.test(after) && (
              <Href to={pageHref(observatory, 'affected', { context: after })} className="button">
                Affected data
              </Href>
            )}
          </div>
        )}
      </div>
      <div className="filter-line">
        <ContextChooser
          observatory={observatory}
          name="from"
          value={before}
          none="choose a context"
          onChange={(next) => go({ old: next, open: undefined })}
        />
        <ContextChooser
          observatory={observatory}
          name="to"
          value={after}
          none="choose a context"
          onChange={(next) => go({ new: next, open: undefined })}
        />
      </div>
      {before === undefined || after === undefined ? (
        <div className="panel">
          <Empty title="Two contexts are compared">
            Choose them above, or tick two in <Href to={pageHref(observatory, 'contexts')}>Contexts</Href>.
          </Empty>
        </div>
      ) : (
        <Differences observatory={observatory} before={before} after={after} />
      )}
    </>
  );
}

export const keyOfFile = ({ old: before, new: after }: CrdsDifferentFile): string => after ?? before ?? '';
const changesOf = ({ added, deleted, replaced, other }: CrdsDifferentFile) =>
  added + deleted + replaced + other;

function Differences({ observatory, before, after }: { observatory: string; before: string; after: string }) {
  const { data, error, refetch } = useQuery(differencesQuery(observatory, before, after));
  if (data !== undefined) return <Shown observatory={observatory} differences={data} />;
  return error === null ? (
    <div className="panel">
      <SkeletonRows rows={12} />
    </div>
  ) : (
    <ErrorPanel what="The two could not be compared" error={error} retry={() => void refetch()} />
  );
}

/** More files than this are not unfolded at once. */
const mostUnfolded = 20;

function Shown({ observatory, differences }: { observatory: string; differences: CrdsDifferences }) {
  const { files } = differences;
  const [address, go] = useAddress();
  const keys = files.map(keyOfFile);
  // Without a choice the first file of rules is unfolded: above it only names of files changed.
  const ofRules = files.find((file) => file.type !== null && changesOf(file) > 0) ?? files[0];
  const innermost = ofRules === undefined ? undefined : keyOfFile(ofRules);
  const open = new Set(
    address.open === undefined ? (innermost === undefined ? [] : [innermost]) : address.open.split(','),
  );
  const set = (next: Iterable<string>) => go({ open: [...next].join(',') || '-' }, true);
  const toggle = (key: string, isOpen: boolean) => {
    if (open.has(key) === isOpen) return;
    const next = new Set(open);
    next.delete('-');
    if (isOpen) next.add(key);
    else next.delete(key);
    set(next);
  };
  const jump = (by: number) => {
    const at = keys.findIndex((key) => open.has(key));
    const key = keys[Math.max(0, Math.min(keys.length - 1, at + by))];
    if (key === undefined) return;
    set([key]);
    requestAnimationFrame(() => document.getElementById(`file-${key}`)?.scrollIntoView({ block: 'start' }));
  };
  useKeys([
    { keys: 'n', what: 'next file', group: 'This page', run: () => jump(1) },
    { keys: 'N, shift+n', what: 'file before', group: 'This page', run: () => jump(-1) },
  ]);
  if (files.length === 0)
    return (
      <div className="panel">
        <Empty title="Nothing differs">
          The rules of {differences.old} and {differences.new} are the same.
        </Empty>
      </div>
    );
  return (
    <>
      <p className="small quiet">
        {plural(differences.total, 'change')} in {plural(files.length, 'mapping')} ·{' '}
        {plural(differences.referencesAdded, 'reference')} new, {count(differences.referencesDeleted)} gone ·
        compared in {milliseconds(differences.tookMs)}
      </p>
      <div className="diff-layout">
        <nav className="panel diff-jumps" aria-label="Mappings that differ">
          {files.map((file) => (
            <a
              key={keyOfFile(file)}
              href={`#file-${keyOfFile(file)}`}
              onClick={() => toggle(keyOfFile(file), true)}
            >
              <span className="grow">{nameOf(file)}</span>
              <span className="faint nowrap">{changesOf(file) === 0 ? '·' : count(changesOf(file))}</span>
            </a>
          ))}
        </nav>
        <div className="stack close">
          <div className="row">
            <button type="button" className="link small" onClick={() => set(keys.slice(0, mostUnfolded))}>
              {keys.length > mostUnfolded ? `Unfold the first ${mostUnfolded}` : 'Unfold all'}
            </button>
            <button type="button" className="link small" onClick={() => set([])}>
              Fold all
            </button>
            <span className="small faint">
              <kbd>n</kbd> next file
            </span>
          </div>
          <div className="panel">
            {files.map((file) => (
              <FileFold
                key={keyOfFile(file)}
                {...{ observatory, differences, file }}
                isOpen={open.has(keyOfFile(file))}
                onToggle={(isOpen) => toggle(keyOfFile(file), isOpen)}
              />
            ))}
          </div>
        </div>
      </div>
    </>
  );
}

const nameOf = ({ instrument, type, new: after, old: before }: CrdsDifferentFile) =>
  type !== null ? `${instrument} ${type}` : (instrument ?? after ?? before);

interface FoldProps {
  observatory: string;
  differences: CrdsDifferences;
  file: CrdsDifferentFile;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

function FileFold({ observatory, differences, file, isOpen, onToggle }: FoldProps) {
  return (
    <details
      id={`file-${keyOfFile(file)}`}
      className="fold-panel"
      open={isOpen}
      onToggle={({ currentTarget }) => onToggle(currentTarget.open)}
    >
      <summary>
        <span className="mono wrap-any">
          {file.old ?? '–'} → {file.new ?? '–'}
        </span>
        <span className="count nowrap">{countsOf(file)}</span>
      </summary>
      {isOpen && (
        <div className="fold-body">
          <Sides observatory={observatory} differences={differences} file={file} />
        </div>
      )}
    </details>
  );
}

function countsOf({ added, deleted, replaced, other }: CrdsDifferentFile): string {
  const parts: Array<[number, string]> = [
    [added, 'added'],
    [deleted, 'deleted'],
    [replaced, 'replaced'],
    [other, 'other'],
  ];
  return parts.flatMap(([n, word]) => (n === 0 ? [] : [`${count(n)} ${word}`])).join(', ') || 'text only';
}

/** What it means at the left, the text at the right. */
function Sides({ observatory, differences, file }: Omit<FoldProps, 'isOpen' | 'onToggle'>) {
  const only = file.old === null ? file.new : file.new === null ? file.old : null;
  return (
    <div className="diff-sides">
      <div>
        <DifferentRules
          observatory={observatory}
          before={differences.old}
          after={differences.new}
          file={keyOfFile(file)}
          total={changesOf(file)}
        />
      </div>
      <div className="diff-text">
        {only !== null ? (
          <p className="panel-pad">
            The whole file is {file.old === null ? 'new' : 'gone'}:{' '}
            <Href
              to={
                /\.pmap$/.test(only)
                  ? contextHref(observatory, only)
                  : fileHref(observatory, only, { tab: 'contents' })
              }
              className="mono"
            >
              {only}
            </Href>
          </p>
        ) : (
          file.old !== null &&
          file.new !== null && <DifferentText observatory={observatory} before={file.old} after={file.new} />
        )}
      </div>
    </div>
  );
}
