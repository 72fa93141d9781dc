import type { CrdsBestReferences, CrdsWhy, CrdsWhyWish } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, count, withClocks } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { useKeys } from '../shared/keys.ts';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { contextHref, fileHref, pageHref, useAddress, writeHeader } from './address.ts';
import { FileState } from './file-state.tsx';
import { fileQuery, whyQuery } from './queries.ts';
import { WhyLevel } from './why-level.tsx';

interface WhyProps {
  observatory: string;
  wish: CrdsWhyWish;
  answer: CrdsBestReferences;
}

/** Why a type gets the file it gets: the way through the rules, and what would lead elsewhere. */
export function WhyFile({ observatory, wish, answer }: WhyProps) {
  const { data, error, refetch } = useQuery(whyQuery(observatory, wish));
  useKeys([
    {
      keys: 'w',
      what: 'why this file',
      group: 'This page',
      run: () => document.getElementById('why')?.scrollIntoView({ block: 'start' }),
    },
  ]);
  if (error !== null && data === undefined)
    return (
      <ErrorPanel
        what={`Why ${wish.type} is so could not be read`}
        error={error}
        retry={() => void refetch()}
      />
    );
  if (data === undefined)
    return (
      <section className="panel why">
        <SkeletonRows rows={10} />
      </section>
    );
  return (
    <>
      <Path observatory={observatory} why={data} header={headerOf(wish, answer)} />
      <Beside observatory={observatory} why={data} />
    </>
  );
}

/** The header of the question, for asking it again with other values. */
function headerOf(wish: CrdsWhyWish, { parameters, instrument }: CrdsBestReferences): Record<string, string> {
  const header: Record<string, string> = { INSTRUME: instrument };
  for (const { name, written } of parameters) if (written !== null) header[name] = written;
  for (const [name, value] of Object.entries(wish.header ?? {}))
    if (name in header && value !== null) header[name] = String(value);
  return header;
}

/** The steps from the context down to the file. */
function Path({
  observatory,
  why,
  header,
}: {
  observatory: string;
  why: CrdsWhy;
  header: Record<string, string>;
}) {
  const now = useSlowNow();
  const { outcome, ambiguous } = why.recommendation;
  const face = outcome === 'not-found' ? 'face-bad' : ambiguous ? 'face-partial' : '';
  return (
    <section id="why" className={`panel why ${face}`} aria-label={why.why.question}>
      <header>
        <h2>{why.why.question}</h2>
        <span className="row tight">
          <CopyButton text={asText(why)} label="Copy as text" />
        </span>
      </header>
      <p className="answer">{withClocks(why.why.answer, now)}</p>
      <ol className="steps">
        <li>
          <Glyph face={why.rmap === null ? 'stopped' : 'good'} />
          <div>
            <Way observatory={observatory} why={why} />
          </div>
        </li>
        {why.conditions.map((condition) => (
          <li key={`${condition.name} ${condition.parameter}`}>
            <Glyph face={condition.holds === null ? 'partial' : 'good'} />
            <div>
              {condition.text}
              <div className="small quiet">
                {condition.name}
                {condition.parameter !== null && ` of ${condition.parameter}`}{' '}
                <span className="mono">{condition.expression}</span>{' '}
                {condition.holds === null ? 'could not be told' : condition.holds ? 'holds' : 'does not hold'}
              </div>
            </div>
          </li>
        ))}
        {why.levels.map((level, depth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: levels keep their order
          <WhyLevel key={depth} observatory={observatory} level={level} rmap={why.rmap} />
        ))}
        {why.levels.length === 0 &&
          why.conditions.length === 0 &&
          why.why.evidence.map((step) => (
            <li key={step.text}>
              <Glyph face={step.face} />
              <div>
                {withClocks(step.text, now)} {step.value !== null && <b className="strong">{step.value}</b>}
              </div>
            </li>
          ))}
      </ol>
      {why.changes.length > 0 && <Changes observatory={observatory} why={why} header={header} />}
    </section>
  );
}

function Way({ observatory, why }: { observatory: string; why: CrdsWhy }) {
  const { context, instrument, imap, rmap, type } = why;
  const mapping = (name: string) => (
    <Href to={fileHref(observatory, name, { tab: 'contents' })} className="mono">
      {name}
    </Href>
  );
  return (
    <>
      <Href to={contextHref(observatory, context)} className="mono">
        {context}
      </Href>{' '}
      {imap === null ? (
        <>has no rules for {instrument.toUpperCase()}</>
      ) : (
        <>
          sends {instrument.toUpperCase()} to {mapping(imap)}
          {rmap === null ? (
            <>, which has no rules for {type}</>
          ) : (
            <>
              , and {type} to {mapping(rmap)}
            </>
          )}
        </>
      )}
    </>
  );
}

/** Other values that would lead elsewhere; each is the same question, changed. */
function Changes({
  observatory,
  why,
  header,
}: {
  observatory: string;
  why: CrdsWhy;
  header: Record<string, string>;
}) {
  const [{ context }] = useAddress();
  return (
    <footer>
      <span>What would change it</span>
      <ul className="plain-list changes">
        {why.changes.map((change) => (
          <li key={change.text}>
            <Href
              to={pageHref(observatory, 'best-references', {
                context,
                header: writeHeader({ ...header, ...change.header }),
                file: 'changed values',
                type: why.type,
              })}
            >
              {change.text.includes(change.answer) ? change.text : `${change.text}: ${change.answer}`}
            </Href>
          </li>
        ))}
      </ul>
    </footer>
  );
}

const roleWords: Record<CrdsWhy['parameters'][number]['role'], string> = {
  matched: 'matched',
  decides: 'decides',
  relevance: 'relevance',
  ignored: 'not used',
  failed: 'fits no rule',
};

/** The values that were used, and the file that came of it. */
function Beside({ observatory, why }: { observatory: string; why: CrdsWhy }) {
  const file = why.recommendation.files.find(({ known }) => known)?.name;
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>Header used</h2>
        </div>
        {why.parameters.length === 0 ? (
          <p className="quiet">No value of the header counted.</p>
        ) : (
          <Facts
            rows={why.parameters.map(({ name, value, written, role }) => [
              name,
              <span key={name} title={written === null ? 'not in the header' : `written ${written}`}>
                <b className={role === 'failed' ? 'tone-bad strong' : 'strong'}>{value}</b>{' '}
                <span className="faint">{written === null ? 'is missing' : roleWords[role]}</span>
              </span>,
            ])}
          />
        )}
      </section>
      {file !== undefined && <ThisFile observatory={observatory} name={file} />}
    </aside>
  );
}

function ThisFile({ observatory, name }: { observatory: string; name: string }) {
  const { data } = useQuery(fileQuery(observatory, name));
  if (data === undefined) return null;
  return (
    <section>
      <div className="section-head">
        <h2>This file</h2>
        <Href to={fileHref(observatory, name)}>all of it</Href>
      </div>
      <Facts
        rows={[
          ['State', <FileState key="state" file={data} />],
          ['Useful after', data.useAfter || null],
          ['Pedigree', data.pedigree || null],
          ['Size', data.sizeBytes === null ? null : bytes(data.sizeBytes)],
          ['In contexts', count(data.contexts.count)],
          ['Description', data.description || null],
        ]}
      />
    </section>
  );
}

/** The answer for a message or a ticket. */
function asText(why: CrdsWhy): string {
  const steps = [
    ...why.conditions.map((condition) => `- ${condition.text}`),
    ...why.levels.map((level) => `- ${level.selector}: ${level.text}`),
  ];
  return [
    why.why.question,
    why.why.answer,
    `- ${why.context} ${why.imap ?? ''} ${why.rmap ?? ''}`,
    ...steps,
  ].join('\n');
}
