import type { PandaQueue } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { call } from '../shared/api.ts';
import { ActButton } from '../shared/confirm-act.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { DiffView } from '../shared/diff-view.tsx';
import { Field } from '../shared/field.tsx';
import { plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { TextEditor } from '../shared/text-editor.tsx';
import { queuePath, queueQuery, queueSchemaQuery } from './queries.ts';
import { checkDocument, keyAt, written } from './queue-check.ts';
import { KeyHelp } from './queue-keys.tsx';

/** The description that pilots download; who may change it edits it as JSON, with every key explained beside it. */
export function QueueDocument({ queue }: { queue: PandaQueue }) {
  const [edits, setEdits] = useState(false);
  const text = written(queue.document);
  if (edits) return <Editor queue={queue} onDone={() => setEdits(false)} />;
  return (
    <>
      <section className="panel">
        <div className="panel-head">
          <h2>Description</h2>
          <span className="small quiet">version {queue.version}, as pilots download it</span>
          <span className="grow" />
          <CopyButton text={text} />
          {queue.acts.change && (
            <button type="button" className="button small" onClick={() => setEdits(true)}>
              Edit
            </button>
          )}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, by keys too */}
        <pre className="last-lines document" tabIndex={0}>
          {text}
        </pre>
      </section>
      <KeyHelp chosen={undefined} />
    </>
  );
}

/** What a new queue begins with: the keys that must be there. */
const template = {
  nickname: '',
  status: 'offline',
  type: 'unified',
  corecount: 1,
  maxrss: 2000,
  maxtime: 86_400,
  copytools: { mv: {} },
};

/** A queue that is not there yet. */
export function NewQueue() {
  return (
    <>
      <h1>New queue</h1>
      <Editor queue={undefined} onDone={() => window.history.back()} />
    </>
  );
}

function Editor({ queue, onDone }: { queue: PandaQueue | undefined; onDone: () => void }) {
  const before = queue === undefined ? '' : written(queue.document);
  const [text, setText] = useState(queue === undefined ? written(template) : before);
  const [why, setWhy] = useState('');
  const [shows, setShows] = useState(false);
  const [cursor, setCursor] = useState(0);
  // The version the edit began with: the page reads newer ones while one writes.
  const from = useRef(queue?.version ?? 0);
  const { data: schema } = useQuery(queueSchemaQuery);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const checked = checkDocument(text, schema?.keys ?? []);
  const nickname = checked.document?.nickname;
  const name = queue?.queue ?? (typeof nickname === 'string' ? nickname : '');
  const problems = [
    ...checked.problems,
    ...(name === '' && checked.problems.length === 0 ? ['nickname is needed: the name of the queue.'] : []),
  ];
  const isSame = checked.document !== undefined && written(checked.document) === before;
  const save = async () => {
    const next = await call<PandaQueue>('PUT', queuePath(name), {
      body: {
        document: checked.document,
        from: from.current,
        ...(why.trim() === '' ? {} : { why: why.trim() }),
      },
    });
    queryClient.setQueryData(queueQuery(name).queryKey, next);
    await queryClient.invalidateQueries({ queryKey: ['panda', 'queues'] });
    if (queue === undefined) await navigate({ to: '/work/queues/$name', params: { name } });
    else onDone();
  };
  const blocked = problems.length > 0 || isSame;
  return (
    <>
      <section className="panel">
        <div className="panel-head">
          <h2>Description</h2>
          <span className="small quiet">JSON; the key under the cursor is explained below</span>
          <span className="grow" />
          {queue !== undefined && (
            <button
              type="button"
              className="button small"
              aria-pressed={shows}
              disabled={checked.document === undefined}
              title={checked.document === undefined ? 'It is no JSON yet' : undefined}
              onClick={() => setShows(!shows)}
            >
              What changes
            </button>
          )}
        </div>
        {shows && checked.document !== undefined ? (
          <DiffView label="What would change" before={before} after={written(checked.document)} />
        ) : (
          <TextEditor
            label="Description as JSON"
            value={text}
            onChange={setText}
            onCursor={setCursor}
            isBad={problems.length > 0}
          />
        )}
        <div className="panel-pad stack close">
          <Problems problems={problems} unread={checked.unread} />
          <Field label="What changes, and why" note="Stands in the list of versions.">
            {(ids) => (
              <input {...ids} maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} />
            )}
          </Field>
          <div className="row">
            {blocked ? (
              <button
                type="button"
                className="button primary"
                disabled
                title={isSame ? 'Nothing has changed' : 'Mend what is named above first'}
              >
                Save queue
              </button>
            ) : (
              <ActButton label="Save queue" kind="primary" run={save} />
            )}
            <button type="button" className="button bare" onClick={onDone}>
              Cancel
            </button>
          </div>
        </div>
      </section>
      <KeyHelp chosen={keyAt(text, cursor)} />
    </>
  );
}

function Problems({ problems, unread }: { problems: readonly string[]; unread: readonly string[] }) {
  if (problems.length === 0 && unread.length === 0)
    return (
      <p className="small state" role="status">
        <Glyph face="good" size={12} /> Every key has a value of its kind.
      </p>
    );
  return (
    <div role="status">
      <ul className="small" aria-label="What is wrong">
        {problems.map((problem) => (
          <li key={problem} className="tone-bad">
            <Glyph face="bad" size={11} /> {problem}
          </li>
        ))}
        {unread.length > 0 && (
          <li className="quiet">
            {plural(unread.length, 'key')} that nobody here reads {unread.length === 1 ? 'is' : 'are'} kept:{' '}
            <span className="mono">{unread.join(', ')}</span>
          </li>
        )}
      </ul>
    </div>
  );
}
