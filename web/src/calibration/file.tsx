import type { CrdsFile } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { SkeletonRows } from '../shared/blanks.tsx';
import { bytes, count, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { rememberPage } from '../shared/recent.ts';
import { StatePill } from '../shared/state-badge.tsx';
import { Tabs } from '../shared/tabs.tsx';
import { contextHref, crumbsOf, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { FileActivity } from './file-activity.tsx';
import { FileContents } from './file-contents.tsx';
import { FileDatabase } from './file-database.tsx';
import { FileHeader } from './file-header.tsx';
import { FileLinks } from './file-links.tsx';
import { FilePatterns } from './file-patterns.tsx';
import { stateWord } from './file-state.tsx';
import { useLiveContexts } from './live.ts';
import { MarkBad } from './mark-bad.tsx';
import { ObjectHead } from './object-head.tsx';
import { fileQuery } from './queries.ts';
import { CannotBeUsed, Unreadable } from './unreadable.tsx';

/** One file, mapping or reference: what is known of it, what it says, who leads to it. */
export function FilePage() {
  const observatory = useObservatory();
  const { name } = useParams({ strict: false }) as { name: string };
  usePlace(
    crumbsOf(
      observatory,
      { label: 'Files', to: `/calibration/${observatory}/files` },
      { label: name, mono: true },
    ),
  );
  useLiveContexts(observatory);
  const { data, error, refetch } = useQuery(fileQuery(observatory, name));
  if (data === undefined)
    return error !== null ? (
      <Unreadable title={name} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  rememberPage({ label: name, to: `/calibration/${observatory}/files/${encodeURIComponent(name)}` });
  return <Shown observatory={observatory} file={data} />;
}

function Shown({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [{ tab = 'database' }, go] = useAddress();
  const isMapping = file.kind === 'mapping';
  const isFits = !isMapping && /\.(fits|r\dh)$/.test(file.name);
  const tabs = [
    { id: 'database', label: 'Database' },
    ...(isFits ? [{ id: 'header', label: 'Header' }] : [{ id: 'contents', label: 'Contents' }]),
    ...(isMapping ? [{ id: 'uses', label: 'Uses', n: count(file.uses) }] : []),
    { id: 'used-by', label: 'Used by', n: count(file.usedBy) },
    ...(isMapping ? [] : [{ id: 'patterns', label: 'Lookup patterns' }]),
    { id: 'history', label: 'History' },
  ];
  const chosen = tabs.some(({ id }) => id === tab) ? tab : 'database';
  return (
    <>
      <Head observatory={observatory} file={file} />
      <Tabs
        label="Parts of the file"
        chosen={chosen}
        onChoose={(next) =>
          go({
            tab: next === 'database' ? undefined : next,
            cursor: undefined,
            line: undefined,
            q: undefined,
          })
        }
        tabs={tabs}
      />
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`} className="stack">
        {chosen === 'contents' ? (
          <FileContents observatory={observatory} file={file} />
        ) : chosen === 'header' ? (
          <FileHeader observatory={observatory} file={file} />
        ) : chosen === 'uses' || chosen === 'used-by' ? (
          <FileLinks observatory={observatory} file={file} part={chosen} />
        ) : chosen === 'patterns' ? (
          <FilePatterns observatory={observatory} file={file} />
        ) : chosen === 'history' ? (
          <FileActivity observatory={observatory} file={file} />
        ) : (
          <FileDatabase observatory={observatory} file={file} />
        )}
      </div>
    </>
  );
}

function Head({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [isMarking, setMarking] = useState(false);
  const isBad = file.rejected || file.blacklisted;
  return (
    <>
      <ObjectHead
        name={file.name}
        roles={file.roles}
        state={<StatePill family="crdsFile" word={stateWord(file)} />}
        line={lineOf(file)}
        acts={
          <>
            {/\.pmap$/.test(file.name) && (
              <Href to={contextHref(observatory, file.name)} className="button">
                As a context
              </Href>
            )}
            {file.downloadUrl !== null && (
              <a className="button" href={file.downloadUrl} download>
                Download
              </a>
            )}
            {file.acts.markBad && (
              <button type="button" className="button danger" onClick={() => setMarking(true)}>
                {file.rejected ? 'Unmark …' : 'Mark bad …'}
              </button>
            )}
          </>
        }
      />
      {isBad && (
        <p className="panel panel-pad" role="status">
          <Glyph face="bad" /> {file.rejected ? 'Marked bad' : 'It leads to a file that is bad'}
          {file.badReason !== '' && `: ${file.badReason}`}
          {file.contexts.isInLatest && ' The latest context leads to it.'}
        </p>
      )}
      {file.fault !== '' && <CannotBeUsed why={`${file.name}:${file.fault}`} />}
      {isMarking && <MarkBad observatory={observatory} file={file} onClose={() => setMarking(false)} />}
    </>
  );
}

function lineOf(file: CrdsFile): string {
  const { kind, instrument, type, sizeBytes, contexts } = file;
  const parts = [
    [instrument, type].filter((part) => part !== null).join(' ') || null,
    kind,
    sizeBytes === null ? null : bytes(sizeBytes),
    contexts.count === 0
      ? 'in no context'
      : `in ${plural(contexts.count, 'context')}${contexts.isInLatest ? ', the latest among them' : ', not in the latest'}`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
