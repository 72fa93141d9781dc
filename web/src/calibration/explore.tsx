import type { CrdsExplore, CrdsExploreParameter } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Field } from '../shared/field.tsx';
import { count, milliseconds, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { crumbsOf, pageHref, readHeader, useAddress, useObservatory, writeHeader } from './address.ts';
import { AnswerTypes } from './answer-types.tsx';
import './calibration.css';
import { Choice } from './choice.tsx';
import { ContextChooser } from './context-chooser.tsx';
import { exploreQuery, homeQuery, observatoryQuery } from './queries.ts';

/** Best references for values that are chosen one after another; menus hold what the rules name. */
export function ExplorePage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Explore' }));
  const [{ context, instrument, type }, go] = useAddress();
  const known = useQuery(observatoryQuery(observatory)).data;
  const home = useQuery({ ...homeQuery(observatory, context), enabled: instrument !== undefined }).data;
  const types = home?.instruments.find((each) => each.instrument === instrument)?.types ?? [];
  return (
    <>
      <h1>
        Explore the rules{' '}
        {instrument !== undefined && <span className="rest">of {instrument.toUpperCase()}</span>}
      </h1>
      <div className="filter-line">
        <ContextChooser
          observatory={observatory}
          name="context"
          value={context}
          onChange={(next) => go({ context: next })}
        />
        <Choice
          name="instrument"
          value={instrument}
          options={known?.instruments ?? (instrument === undefined ? [] : [instrument])}
          onChange={(next) => go({ instrument: next, type: undefined, values: undefined })}
        />
        {instrument !== undefined && (
          <Choice
            name="type"
            value={type}
            options={types.filter(({ rmap }) => rmap !== null).map((each) => each.type)}
            onChange={(next) => go({ type: next })}
          />
        )}
      </div>
      {instrument === undefined ? (
        <div className="panel">
          <Empty title="Choose an instrument">
            Then a menu for each value that its rules look at, and the files they lead to.
          </Empty>
        </div>
      ) : (
        <Rules observatory={observatory} context={context} instrument={instrument} type={type} />
      )}
    </>
  );
}

interface RulesProps {
  observatory: string;
  context: string | undefined;
  instrument: string;
  type: string | undefined;
}

function Rules({ observatory, context, instrument, type }: RulesProps) {
  const [{ values }, go] = useAddress();
  const choices = useMemo(() => readHeader(values ?? ''), [values]);
  const { data, error, refetch } = useQuery(
    exploreQuery(observatory, {
      instrument,
      choices,
      ...(context === undefined ? {} : { context }),
      ...(type === undefined ? {} : { types: [type] }),
    }),
  );
  const choose = (name: string, value: string | undefined) => {
    const { [name]: _before, ...others } = choices;
    const next = value === undefined ? others : { ...others, [name]: value };
    go({ values: writeHeader(next) || undefined }, true);
  };
  if (error !== null && data === undefined)
    return <ErrorPanel what="The rules could not be explored" error={error} retry={() => void refetch()} />;
  if (data === undefined)
    return (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  const n = Object.keys(choices).length;
  return (
    <div className="explore-layout">
      <section className="panel panel-pad stack" aria-label="Values">
        <div className="row apart">
          <h2>Values</h2>
          {n > 0 && (
            <button type="button" className="link small" onClick={() => go({ values: undefined })}>
              Clear {plural(n, 'value')}
            </button>
          )}
        </div>
        {data.parameters.length === 0 ? (
          <p className="quiet">The rules look at no value.</p>
        ) : (
          <div className="rule-menus">
            {data.parameters.map((parameter) => (
              <Parameter
                key={parameter.name}
                parameter={parameter}
                chosen={choices[parameter.name]}
                onChoose={(value) => choose(parameter.name, value)}
              />
            ))}
          </div>
        )}
      </section>
      <Found observatory={observatory} explored={data} choices={choices} context={context} />
    </div>
  );
}

const other = '\0other';

/** A menu of what the rules name, what is still possible first; any other text can be typed. */
function Parameter(props: {
  parameter: CrdsExploreParameter;
  chosen: string | undefined;
  onChoose: (value: string | undefined) => void;
}) {
  const { parameter, chosen, onChoose } = props;
  const { name, kind, values, hidden, types } = parameter;
  const isListed = chosen === undefined || values.some(({ value }) => value === chosen);
  const [isFree, setFree] = useState(false);
  const possible = values.filter((each) => each.possible);
  const others = values.filter((each) => !each.possible);
  const note = `${plural(types.length, 'type')}${kind === 'choice' ? `, ${count(possible.length)} of ${count(values.length + hidden)} possible` : ''}`;
  if (kind === 'choice' && isListed && !isFree)
    return (
      <Field label={name} note={note}>
        {(ids) => (
          <select
            {...ids}
            value={chosen ?? ''}
            title={types.join(', ')}
            onChange={({ target: { value } }) => {
              if (value === other) setFree(true);
              else onChoose(value === '' ? undefined : value);
            }}
          >
            <option value="">any</option>
            {possible.map(({ value }) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
            {others.length > 0 && (
              <optgroup label="Fits no rule with the other values">
                {others.map(({ value }) => (
                  <option key={value} value={value}>
                    {value}
                  </option>
                ))}
              </optgroup>
            )}
            <option value={other}>another value …</option>
          </select>
        )}
      </Field>
    );
  return (
    <Field label={name} note={kind === 'choice' ? 'Any text; Enter uses it.' : `${noteOfKind[kind]} ${note}`}>
      {(ids) => (
        <FreeText
          {...ids}
          value={chosen ?? ''}
          placeholder={placeholders[kind]}
          onDone={(value) => {
            setFree(false);
            onChoose(value === '' ? undefined : value);
          }}
        />
      )}
    </Field>
  );
}

const placeholders = { choice: '', date: '2003-03-08', time: '17:41:55', text: '' } as const;
const noteOfKind = { choice: '', date: 'A date.', time: 'A time.', text: 'Any text.' } as const;

function FreeText(props: {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
  value: string;
  placeholder: string;
  onDone: (value: string) => void;
}) {
  const { value, placeholder, onDone, ...ids } = props;
  const [text, setText] = useState(value);
  return (
    <input
      {...ids}
      className="mono"
      autoComplete="off"
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (text.trim() !== value) onDone(text.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onDone(text.trim());
      }}
    />
  );
}

interface FoundProps {
  observatory: string;
  explored: CrdsExplore;
  choices: Record<string, string>;
  context: string | undefined;
}

function Found({ observatory, explored, choices, context }: FoundProps) {
  const header = writeHeader({ INSTRUME: explored.instrument, ...choices });
  return (
    <div className="stack close">
      <div className="row apart">
        <h2>What they lead to</h2>
        <Href
          to={pageHref(observatory, 'best-references', { context, header, file: 'chosen values' })}
          className="small"
        >
          Why these files?
        </Href>
      </div>
      <p className="small quiet">
        In {explored.context}; values that are not chosen count as missing · answered in{' '}
        {milliseconds(explored.tookMs)}
      </p>
      <AnswerTypes observatory={observatory} answer={explored} isChoosing />
    </div>
  );
}
