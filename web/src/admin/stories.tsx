import type { SavedView } from '@orrery/contracts';
import { type ReactNode, useState } from 'react';
import { ApiError } from '../shared/api.ts';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { DiffView } from '../shared/diff-view.tsx';
import { Facts } from '../shared/facts.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { LogView } from '../shared/log-view.tsx';
import { MenuButton } from '../shared/menu-button.tsx';
import { usePlace } from '../shared/page.ts';
import { PhaseBar } from '../shared/phase-bar.tsx';
import { PhaseStrip } from '../shared/phase-strip.tsx';
import { PromiseLine } from '../shared/promise-line.tsx';
import { Spark } from '../shared/spark.tsx';
import { FacePill, OverdueFlag, State } from '../shared/state-badge.tsx';
import { faceMeaning, faces, familyNames, wordsOf } from '../shared/states.ts';
import { TimeChart } from '../shared/time-chart.tsx';
import type { View } from '../shared/views.ts';
import { ViewsNav } from '../shared/views-nav.tsx';
import { WhyPanel } from '../shared/why-panel.tsx';

const sparkValues = [4, 5, 6, 5, 8, 9, 12, 11, 9, 8, 9, 7, 6, 6, 5, 4, 5, 5, 6, 8, 9, 9, 8, 10];
const logText = [
  'mesh 64 px: 2112 cells, 31 masked',
  'background 41.7 e-, rms 3.18 e-',
  'WARNING cell 17,40 has 92 % masked pixels',
  'detect: threshold 2.5 sigma, 1284 sources',
  '\u001b[32mwrote\u001b[0m sources.vot',
  'ERROR: \u0007bell and <b>no HTML</b>',
].join('\n');

/** Every shared part in every state, for those who build pages and for the pictures of the tests. */
export function Stories() {
  usePlace([{ label: 'Admin' }, { label: 'Parts' }]);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <h1>Parts of the pages</h1>
      <Story title="Views, menu, copy" pad>
        <Views />
      </Story>
      <Story title="Faces of state">
        <table className="table no-lines loose">
          <tbody>
            {faces.map((face) => (
              <tr key={face}>
                <td className="quiet">{face}</td>
                <td>
                  <FacePill face={face} word={face} />
                </td>
                <td className="fill quiet">{faceMeaning[face]}</td>
              </tr>
            ))}
            <tr>
              <td className="quiet">you</td>
              <td>
                <FacePill face="you" word="waits for you" />
              </td>
              <td className="quiet">idle, and you are the person</td>
            </tr>
            <tr>
              <td className="quiet">overdue</td>
              <td>
                <OverdueFlag seconds={1920} />
              </td>
              <td className="quiet">a flag over any state</td>
            </tr>
          </tbody>
        </table>
      </Story>
      <Story title="Figures over time">
        <TimeChart
          label="Jobs per hour"
          per="per hour"
          at={sparkValues.map((_, hour) => new Date(hour * 3_600_000).toISOString())}
          series={[
            { face: 'good', word: 'finished', values: sparkValues },
            { face: 'bad', word: 'failed', values: sparkValues.map((n) => n % 3) },
          ]}
        />
      </Story>
      <Story title="What differs">
        <DiffView label="Two versions" before={'{\n  "memory": 2000\n}'} after={'{\n  "memory": 4000\n}'} />
      </Story>
      <Story title="Words of every family" pad>
        {familyNames.map((family) => (
          <p key={family} className="row">
            <span className="label" style={{ width: 110 }}>
              {family}
            </span>
            {wordsOf(family).map(({ word }) => (
              <State key={word} family={family} word={word} />
            ))}
          </p>
        ))}
      </Story>
      <section className="stack close">
        <h2>Promise line, progress, phases</h2>
        <PromiseLine
          now="2 914 jobs run on 3 queues"
          next="post-processing, when no file is left"
          expected="05:40, in 3 h 22 min"
          otherwise="ends as finished when retries run out"
          source="from 340 past runs"
        />
        <PhaseBar
          of="files"
          shares={[
            { face: 'good', word: 'finished', n: 7412 },
            { face: 'bad', word: 'failed', n: 88 },
            { face: 'finishing', word: 'holding', n: 164 },
            { face: 'active', word: 'running', n: 2914 },
            { face: 'waiting', word: 'activated', n: 1326 },
            { face: 'idle', word: 'not yet', n: 96 },
          ]}
        />
        <PhaseStrip
          phases={[
            { word: 'PENDING', face: 'idle', seconds: 0.4 },
            { word: 'QUEUED', face: 'waiting', seconds: 38 },
            { word: 'EXECUTING', face: 'active', seconds: 372 },
            { word: 'COMPLETED', face: 'good', seconds: null },
          ]}
        />
      </section>
      <WhyPanel
        question="Why did it fail?"
        face="bad"
        answer="The command used 3.9 GB of memory; the limit is 2 GB."
        evidence={[
          { face: 'bad', text: 'peak memory', value: '3.9 GB of 2 GB' },
          { face: 'good', text: 'the input was read', value: '33.6 MB' },
        ]}
        acts={
          <button type="button" className="button small">
            Run again with 4 GB
          </button>
        }
      />
      <LogView
        name="stdout"
        piece={{ text: logText, atStart: true, sizeBytes: logText.length, ended: false }}
      />
      <Story title="Spark and facts" pad>
        <Spark values={sparkValues} label="jobs per hour over 24 h" />
        <Facts
          rows={[
            ['Share', 'User analysis'],
            ['Priority', '1000'],
          ]}
        />
      </Story>
      <Story title="Empty, loading, failed">
        <Empty
          title="No job matches"
          act={
            <button type="button" className="button small">
              Show the last 7 d
            </button>
          }
        >
          11 302 failed jobs are older than “last 8 h”.
        </Empty>
        <SkeletonRows rows={3} />
      </Story>
      <ErrorPanel
        what="Errors by cause could not be read"
        error={
          new ApiError(503, {
            message: 'The database took longer than 5 s. The rest of this page is right.',
            requestId: '01JDA87Q',
          })
        }
        retry={() => {}}
      />
      <Story title="Buttons and fields" pad>
        <div className="row">
          <button type="button" className="button primary" onClick={() => setAsking(true)}>
            Ask first …
          </button>
          <button type="button" className="button">
            Plain
          </button>
          <button type="button" className="button danger">
            Abort …
          </button>
          <button type="button" className="button" disabled title="Only while the job is PENDING">
            Not now
          </button>
          <Glyph face="overdue" />
        </div>
        <div className="field" style={{ maxWidth: 320, marginTop: 12 }}>
          <label htmlFor="story-field">
            Threshold <span className="faint">needed</span>
          </label>
          <span className="input bad">
            <input id="story-field" defaultValue="0" />
            <span className="unit">σ</span>
          </span>
          <span className="small error">0 finds every pixel. Give a number from 0.5 to 20; usual is 3.</span>
        </div>
      </Story>
      {asking && (
        <ConfirmAct
          title="Abort task 10000231?"
          lines={[
            '2 914 running jobs are told to stop; their work since the last output is lost.',
            '7 412 finished files and their outputs stay.',
          ]}
          verb="Abort task"
          keep="Keep running"
          typed="10000231"
          run={() => Promise.resolve()}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

const views: View[] = [
  { id: 'night', name: 'Night shift', q: 'phase:ERROR', saved: savedView('Night shift', true) },
  { id: 'all', name: 'All', q: '' },
  {
    id: 'group',
    name: 'Group: calibration',
    q: 'definition:bkg',
    saved: savedView('Group: calibration', false),
  },
];

function savedView(name: string, mine: boolean): SavedView {
  return {
    id: name,
    list: 'story.views',
    name,
    query: '',
    shared: !mine,
    mine,
    owner: 'm.heil',
    changedAt: '2026-11-22T02:18:40.000Z',
  };
}

/** A changed view of one's own, so that every act on it shows. */
function Views() {
  const [chosen, setChosen] = useState<View | undefined>(views[0]);
  const q = chosen?.id === 'night' ? 'phase:ERROR owner:me' : (chosen?.q ?? '');
  return (
    <div className="row">
      <ViewsNav
        list="story.views"
        views={views}
        chosen={chosen}
        q={q}
        isChanged={chosen !== undefined && chosen.q !== q}
        maySave
        onChoose={setChosen}
      />
      <MenuButton
        label="Export …"
        className="button"
        acts={[{ label: 'CSV', note: 'all rows of this view' }, { label: 'JSON lines' }]}
      />
      <CopyButton text="copied" />
    </div>
  );
}

function Story({ title, pad = false, children }: { title: string; pad?: boolean; children: ReactNode }) {
  return (
    <section className="stack close">
      <h2>{title}</h2>
      <div className={`panel ${pad ? 'panel-pad' : ''}`}>{children}</div>
    </section>
  );
}
