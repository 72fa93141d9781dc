import type { CrdsBestReferences, CrdsBestReferencesWish, CrdsWhyWish } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { DropZone } from '../shared/drop-zone.tsx';
import { bytes, milliseconds, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import {
  contextHref,
  crumbsOf,
  pageHref,
  readHeader,
  useAddress,
  useObservatory,
  writeHeader,
} from './address.ts';
import { AnswerTypes, firstType } from './answer-types.tsx';
import { AskForm } from './ask-form.tsx';
import './calibration.css';
import { ContextChooser } from './context-chooser.tsx';
import { type ExposureHeader, readExposureHeader } from './exposure-header.ts';
import { useLiveContexts } from './live.ts';
import { bestReferencesQuery } from './queries.ts';
import { WhyFile } from './why-file.tsx';

/** Which references a dataset needs, and why: asked by id, by a dropped file, or by typed values. */
export function BestReferencesPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Best references' }));
  useLiveContexts(observatory);
  const [address, go] = useAddress();
  const { dataset, header: written, context, compare } = address;
  const header = useMemo(() => (written === undefined ? undefined : readHeader(written)), [written]);
  const dropped = useDroppedFile(observatory);
  const isAsked = dataset !== undefined || header !== undefined;
  const wish: CrdsBestReferencesWish = {
    ...(context === undefined ? {} : { context }),
    ...(compare === undefined ? {} : { compareWith: compare }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(header === undefined ? {} : { header }),
  };
  return (
    <>
      {isAsked ? (
        <Asked observatory={observatory} wish={wish} />
      ) : (
        <>
          <div>
            <h1>Which references does a dataset need?</h1>
            <p className="small quiet prose">
              Ask with a file, an id, or values you type; or{' '}
              <Href to={pageHref(observatory, 'explore', { context })}>choose values from the rules</Href>.
            </p>
          </div>
          <div className="filter-line">
            <ContextChooser
              observatory={observatory}
              name="context"
              value={context}
              onChange={(next) => go({ context: next })}
            />
          </div>
        </>
      )}
      <Dropped dropped={dropped} isSlim={isAsked} />
      {!isAsked && <AskForm observatory={observatory} />}
    </>
  );
}

/** A file that was dropped: its header read here, its question asked, and only what counted put into the address. */
function useDroppedFile(observatory: string) {
  const [{ context, compare }, go] = useAddress();
  const queryClient = useQueryClient();
  const [read, setRead] = useState<ExposureHeader | undefined>();
  const [error, setError] = useState<unknown>();
  const take = async (file: File) => {
    setError(undefined);
    try {
      const found = await readExposureHeader(file);
      setRead(found);
      if (found.values.size === 0) return;
      const asking = {
        ...(context === undefined ? {} : { context }),
        ...(compare === undefined ? {} : { compareWith: compare }),
      };
      const whole = { ...asking, header: Object.fromEntries(found.values) };
      const answer = await queryClient.fetchQuery(bestReferencesQuery(observatory, whole));
      const header = countedHeader(answer);
      queryClient.setQueryData(bestReferencesQuery(observatory, { ...asking, header }).queryKey, answer);
      go({ dataset: undefined, header: writeHeader(header), file: found.fileName, type: undefined });
    } catch (caught) {
      setError(caught);
    }
  };
  return { read, error, take };
}

/** The part of a header that the rules looked at; with it the same question can be asked again. */
export function countedHeader({ instrument, parameters }: CrdsBestReferences): Record<string, string> {
  const header: Record<string, string> = { INSTRUME: instrument };
  for (const { name, written } of parameters) if (written !== null) header[name] = written;
  return header;
}

function Dropped({ dropped, isSlim }: { dropped: ReturnType<typeof useDroppedFile>; isSlim: boolean }) {
  const { read, error, take } = dropped;
  const failed = read !== undefined && read.values.size === 0;
  return (
    <section className={isSlim ? 'slim-drop' : undefined} aria-label="Ask with a file">
      <DropZone
        id="exposure-file"
        label="File of an exposure"
        files={[]}
        maxBytes={0}
        note="only its header is read, here in the browser"
        onFiles={([file]) => {
          if (file !== undefined) void take(file);
        }}
      />
      {read !== undefined && (
        <p className={`small ${failed ? 'tone-bad' : 'quiet'}`} role="status">
          {failed && <Glyph face="bad" size={11} />} <span className="mono">{read.fileName}</span>:{' '}
          {failed
            ? read.problem
            : `${plural(read.values.size, 'keyword')} of ${plural(read.hdus, 'header')}, ${bytes(read.bytesRead)} of ${bytes(read.sizeBytes)} read. ${read.problem ?? ''}`}
        </p>
      )}
      {error !== undefined && <ErrorPanel what="The file gave no answer" error={error} />}
    </section>
  );
}

function Asked({ observatory, wish }: { observatory: string; wish: CrdsBestReferencesWish }) {
  const [address, go] = useAddress();
  const { data, error, refetch } = useQuery(bestReferencesQuery(observatory, wish));
  const name = address.dataset ?? address.file ?? 'this header';
  const again = { dataset: undefined, header: undefined, file: undefined, type: undefined };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>
            Which references does {name} need, <span className="rest">and why?</span>
          </h1>
          {data !== undefined && (
            <p className="small quiet">
              {data.instrument.toUpperCase()} in{' '}
              <Href to={contextHref(observatory, data.context)} className="mono">
                {data.context}
              </Href>{' '}
              · {sentenceOf(data)} · answered in {milliseconds(data.tookMs)}
            </p>
          )}
        </div>
        <div className="acts">
          {data !== undefined && (
            <>
              <CopyButton text={data.command} label="Copy as crds command" />
              <CopyButton text={JSON.stringify(wish)} label="Copy as JSON" />
            </>
          )}
          <Href
            to={pageHref(observatory, 'explore', exploreAddress(data, address.context))}
            className="button"
          >
            Try other values
          </Href>
          <button type="button" className="button primary" onClick={() => go(again)}>
            Ask for another
          </button>
        </div>
      </div>
      <div className="filter-line">
        <ContextChooser
          observatory={observatory}
          name="context"
          value={address.context}
          onChange={(next) => go({ context: next })}
        />
        <ContextChooser
          observatory={observatory}
          name="compare with"
          none="nothing"
          value={address.compare}
          onChange={(next) => go({ compare: next })}
        />
        {data?.compared != null && data.compared.different.length === 0 && (
          <span className="small quiet">nothing differs in {data.compared.context}</span>
        )}
      </div>
      {data !== undefined ? (
        <Answer observatory={observatory} wish={wish} answer={data} />
      ) : error === null ? (
        <div className="panel">
          <SkeletonRows rows={12} />
        </div>
      ) : (
        <ErrorPanel what="There is no recommendation" error={error} retry={() => void refetch()} />
      )}
    </>
  );
}

function exploreAddress(answer: CrdsBestReferences | undefined, context: string | undefined) {
  if (answer === undefined) return { context };
  const { INSTRUME: _instrument, ...choices } = countedHeader(answer);
  return { context, instrument: answer.instrument, values: writeHeader(choices) };
}

function sentenceOf({ types }: CrdsBestReferences): string {
  const n = (outcome: string) => types.filter((each) => each.outcome === outcome).length;
  const missing = n('not-found');
  const rest = n('not-applicable') + n('omitted');
  return [
    plural(n('found'), 'reference'),
    missing === 0 ? '' : `${plural(missing, 'type')} not found`,
    rest === 0 ? '' : `${plural(rest, 'type does', 'types do')} not apply`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function Answer(props: { observatory: string; wish: CrdsBestReferencesWish; answer: CrdsBestReferences }) {
  const { observatory, wish, answer } = props;
  const [address, go] = useAddress();
  const type = address.type ?? firstType(answer);
  const whyWish: CrdsWhyWish | undefined =
    type === undefined
      ? undefined
      : {
          type,
          ...(wish.context === undefined ? {} : { context: wish.context }),
          ...(wish.dataset === undefined ? {} : { dataset: wish.dataset }),
          ...(wish.header === undefined ? {} : { header: wish.header }),
        };
  return (
    <>
      {answer.warnings.length > 0 && (
        <ul className="panel panel-pad plain-list" aria-label="Warnings">
          {answer.warnings.map((each) => (
            <li key={each}>
              <Glyph face="partial" size={12} /> {each}
            </li>
          ))}
        </ul>
      )}
      <Compared observatory={observatory} answer={answer} />
      <div className="answer-columns">
        <AnswerTypes
          observatory={observatory}
          answer={answer}
          chosen={type}
          onChoose={(next) => go({ type: next }, true)}
        />
        {whyWish !== undefined && (
          <WhyFile key={type} observatory={observatory} wish={whyWish} answer={answer} />
        )}
      </div>
    </>
  );
}

function Compared({ observatory, answer }: { observatory: string; answer: CrdsBestReferences }) {
  const { compared } = answer;
  if (compared === null || compared.different.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <section className="panel scroll-x" tabIndex={0} aria-label="What differs">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Differs</th>
            <th scope="col">{answer.context}</th>
            <th scope="col">
              <Href to={contextHref(observatory, compared.context)}>{compared.context}</Href>
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.different.map(({ type, here, there }) => (
            <tr key={type}>
              <th scope="row">{type}</th>
              <td className="mono">{here}</td>
              <td className="mono">{there}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
