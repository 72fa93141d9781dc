import type { CrdsHomeInstrument, CrdsHomeType } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { count, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref, fileHref } from './address.ts';
import { FileLink } from './file-state.tsx';
import { contextReferencesQuery } from './queries.ts';

interface FoldsProps {
  observatory: string;
  context: string;
  instruments: readonly CrdsHomeInstrument[];
  /** Names the rules of a type beside it, in place of its newest file. */
  withRules?: boolean;
  /** What is unfolded: instruments, and types as `acs/biasfile`, joined by commas. */
  open: string | undefined;
  onOpen: (open: string | undefined) => void;
}

/** Instruments, their types, and the files of a type: each read only when it is unfolded. */
export function InstrumentFolds({
  observatory,
  context,
  instruments,
  withRules = false,
  open,
  onOpen,
}: FoldsProps) {
  const opened = new Set((open ?? '').split(',').filter((key) => key !== ''));
  const toggle = (key: string, isOpen: boolean) => {
    const next = new Set(opened);
    if (isOpen) next.add(key);
    else for (const each of opened) if (each === key || each.startsWith(`${key}/`)) next.delete(each);
    if (next.size !== opened.size) onOpen(next.size === 0 ? undefined : [...next].join(','));
  };
  if (instruments.length === 0)
    return (
      <div className="panel">
        <Empty title="The context has no instrument" />
      </div>
    );
  return (
    <div className="panel">
      {instruments.map((instrument) => (
        <details
          key={instrument.instrument}
          className="fold-panel"
          open={opened.has(instrument.instrument)}
          onToggle={({ currentTarget, target }) => {
            if (target === currentTarget) toggle(instrument.instrument, currentTarget.open);
          }}
        >
          <summary>
            <b className="strong">{instrument.instrument}</b>
            {instrument.imap !== null && <span className="mono small faint">{instrument.imap}</span>}
            {instrument.special !== null && <span className="small faint">{instrument.special}</span>}
            <span className="count">
              {plural(instrument.types.length, 'type')}, {plural(instrument.references, 'reference')}
            </span>
          </summary>
          {opened.has(instrument.instrument) && (
            <div className="fold-body">
              {instrument.types.map((type) => {
                const key = `${instrument.instrument}/${type.type}`;
                return (
                  <TypeFold
                    key={key}
                    {...{ observatory, context, type, withRules }}
                    instrument={instrument.instrument}
                    isOpen={opened.has(key)}
                    onToggle={(isOpen) => toggle(key, isOpen)}
                  />
                );
              })}
            </div>
          )}
        </details>
      ))}
    </div>
  );
}

interface TypeProps {
  observatory: string;
  context: string;
  instrument: string;
  type: CrdsHomeType;
  withRules: boolean;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}

function TypeFold({ observatory, context, instrument, type, withRules, isOpen, onToggle }: TypeProps) {
  if (type.rmap === null)
    return (
      <p className="row small quiet type-special">
        {type.type}
        <span className="faint">
          <Glyph face="stopped" size={11} /> {type.special === 'OMIT' ? 'left out' : 'does not apply'}
        </span>
      </p>
    );
  return (
    <details
      className="fold-panel"
      open={isOpen}
      onToggle={(event) => {
        event.stopPropagation();
        onToggle(event.currentTarget.open);
      }}
    >
      <summary>
        <span>{type.type}</span>
        <span className="mono small faint wrap-any">{withRules ? type.rmap : type.newest?.name}</span>
        {type.bad > 0 && (
          <span className="small tone-bad">
            <Glyph face="bad" size={11} /> {count(type.bad)} bad
          </span>
        )}
        <span className="count">{count(type.references)}</span>
      </summary>
      {isOpen && (
        <div className="fold-body">
          <FilesOfType {...{ observatory, context, instrument }} type={type.type} rmap={type.rmap} />
        </div>
      )}
    </details>
  );
}

const shown = 20;

function FilesOfType(props: {
  observatory: string;
  context: string;
  instrument: string;
  type: string;
  rmap: string;
}) {
  const { observatory, context, instrument, type, rmap } = props;
  const { data, error, refetch } = useQuery(
    contextReferencesQuery(observatory, context, { instrument, type, limit: shown }),
  );
  if (error !== null && data === undefined)
    return <ErrorPanel what="The files could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={3} />;
  const all = contextHref(observatory, context, { tab: 'references', instrument, type });
  return (
    <>
      <p className="panel-pad small">
        rules in{' '}
        <Href to={fileHref(observatory, rmap, { tab: 'contents' })} className="mono">
          {rmap}
        </Href>{' '}
        · <Href to={all}>all references of {type}</Href>
      </p>
      {data.rows.length > 0 && (
        <table className="table" aria-label={`References of ${instrument} ${type}`}>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <FileLink
                    observatory={observatory}
                    name={row.name}
                    bad={row.file?.rejected === true}
                    known={row.file !== null}
                  />
                </th>
                <td className="num quiet small">
                  {row.file?.activatedAt == null ? '' : <Time at={row.file.activatedAt} seconds={false} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {data.older !== null && (
        <p className="panel-pad small">
          <Href to={all}>More than {shown}: show all</Href>
        </p>
      )}
    </>
  );
}
