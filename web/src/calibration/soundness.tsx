import type { CrdsMirror, CrdsProblemPage, CrdsScrub } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../shared/api.ts';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { bytes, count, percent, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { usePlace } from '../shared/page.ts';
import { FacePill } from '../shared/state-badge.tsx';
import { Ago, Deadline, Time } from '../shared/time.tsx';
import { crumbsOf, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { SectionHead } from '../shared/section-head.tsx';
import { FileLink } from './file-state.tsx';
import { stillList } from './live.ts';
import { mirrorQuery, problemsQuery, scrubQuery } from './queries.ts';

const soundWords = { good: 'sound', partial: 'look at it', bad: 'damaged' } as const;

/** Is every file sound, proven when; does the mirrored server answer, since when not. */
export function SoundnessPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Mirror and scrub' }));
  const scrub = useQuery(scrubQuery(observatory));
  const mirror = useQuery({ ...mirrorQuery(observatory), retry: false });
  const hasNoMirror = mirror.error instanceof ApiError && mirror.error.status === 404;
  return (
    <>
      <div className="page-title">
        <h1>{scrub.data === undefined ? 'Mirror and scrub' : scrub.data.message}</h1>
        {scrub.data !== undefined && <FacePill face={scrub.data.state} word={soundWords[scrub.data.state]} />}
      </div>
      <section>
        <SectionHead title="Scrub" note="every file is read again and again" />
        {scrub.data !== undefined ? (
          <Scrub scrub={scrub.data} />
        ) : scrub.error !== null ? (
          <ErrorPanel
            what="The state of the scrub could not be read"
            error={scrub.error}
            retry={() => void scrub.refetch()}
          />
        ) : (
          <div className="panel">
            <SkeletonRows rows={3} />
          </div>
        )}
      </section>
      <section>
        <SectionHead title="Mirror" />
        {mirror.data !== undefined ? (
          <Mirror mirror={mirror.data} />
        ) : hasNoMirror ? (
          <div className="panel">
            <Empty title="It mirrors no other server">
              The settings of the observatory may name one; files are then fetched once, checked and kept.
            </Empty>
          </div>
        ) : mirror.error !== null ? (
          <ErrorPanel
            what="The state of the mirror could not be read"
            error={mirror.error}
            retry={() => void mirror.refetch()}
          />
        ) : (
          <div className="panel">
            <SkeletonRows rows={3} />
          </div>
        )}
      </section>
      <section>
        <SectionHead title="Damaged or missing files" note="and what mends them" />
        <Problems observatory={observatory} />
      </section>
    </>
  );
}

function Figures({ rows }: { rows: Array<[label: string, value: ReactNode]> }) {
  return (
    <dl className="sound-figures">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt className="label">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Scrub({ scrub }: { scrub: CrdsScrub }) {
  const share = scrub.files === 0 ? 1 : scrub.read / scrub.files;
  return (
    <div className="panel">
      <Figures
        rows={[
          [
            'Proven',
            scrub.provenAt === null ? (
              'not all have been read yet'
            ) : (
              <>
                <Ago at={scrub.provenAt} />, <Time at={scrub.provenAt} />
              </>
            ),
          ],
          ['Files', `${count(scrub.files)}, ${bytes(scrub.bytes)}`],
          ['This round', `${count(scrub.read)} read, ${percent(share)}`],
          ['Round began', scrub.roundStartedAt === null ? '–' : <Time key="at" at={scrub.roundStartedAt} />],
          ['Ends', scrub.expectedAt === null ? '–' : <Deadline key="at" at={scrub.expectedAt} />],
          [
            'Problems',
            scrub.problems === 0 ? (
              'none'
            ) : (
              <b key="n" className="tone-bad">
                {count(scrub.problems)}
              </b>
            ),
          ],
          ['Bytes nobody needs', plural(scrub.orphans, 'file')],
        ]}
      />
    </div>
  );
}

function Mirror({ mirror }: { mirror: CrdsMirror }) {
  const { files } = mirror;
  return (
    <div className="panel">
      <p className="panel-pad">
        <Glyph face={mirror.state} /> {mirror.message}{' '}
        <span className="mono small quiet wrap-any">{mirror.upstream}</span>
      </p>
      {mirror.failingSince !== null && (
        <p className="panel-pad small">
          It has not answered as it should since <Time at={mirror.failingSince} />; what is held here is
          served on.{' '}
          {mirror.lastError !== null && <span className="mono quiet wrap-any">{mirror.lastError}</span>}
        </p>
      )}
      <Figures
        rows={[
          ['Last heard', mirror.lastGoodAt === null ? 'never' : <Ago key="at" at={mirror.lastGoodAt} />],
          ['Asked', mirror.lastAskedAt === null ? 'never' : <Ago key="at" at={mirror.lastAskedAt} />],
          ['Asked again', mirror.nextAt === null ? '–' : <Deadline key="at" at={mirror.nextAt} />],
          ['Held here', `${count(files.held)}, ${bytes(files.bytesHeld)}`],
          ['Only upstream', count(files.upstream)],
          [
            'Failed',
            files.failed === 0 ? (
              'none'
            ) : (
              <b key="n" className="tone-bad">
                {count(files.failed)}
              </b>
            ),
          ],
        ]}
      />
    </div>
  );
}

type Problem = CrdsProblemPage['rows'][number];

const columnsOf = (observatory: string): Column<Problem>[] => [
  {
    id: 'name',
    head: 'File',
    narrow: 'keep',
    cell: (row) => <FileLink observatory={observatory} name={row.name} />,
  },
  {
    id: 'problem',
    head: 'What is wrong',
    narrow: 'keep',
    cell: (row) => (
      <span className="wrap-narrow">
        <Glyph face="bad" size={12} /> {row.problem}
      </span>
    ),
  },
  { id: 'next', head: 'What mends it', fill: true, full: (row) => row.next, cell: (row) => row.next },
  { id: 'found', head: 'Found', num: true, cell: (row) => <Time at={row.foundAt} /> },
];

function Problems({ observatory }: { observatory: string }) {
  const [{ cursor }, go] = useAddress();
  const place = cursor === undefined ? {} : { cursor };
  return (
    <div className="stack close">
      <KeysetTable<Problem, CrdsProblemPage>
        label="Damaged or missing files, by name"
        failure="The damaged files could not be read"
        query={problemsQuery(observatory, place)}
        place={place}
        live={stillList((row) => row.name)}
        columns={columnsOf(observatory)}
        order="by name"
        empty={
          <Empty title="No file is damaged or missing">
            <Glyph face="good" size={12} /> What was read is as the catalogue says.
          </Empty>
        }
        onJump={null}
        onOpen={() => {}}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </div>
  );
}
