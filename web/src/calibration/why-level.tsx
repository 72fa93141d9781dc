import type { CrdsWhyLevel, CrdsWhyRule } from '@orrery/contracts';
import { count, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { fileHref } from './address.ts';
import { DateLine } from './date-line.tsx';

interface LevelProps {
  observatory: string;
  level: CrdsWhyLevel;
  rmap: string | null;
}

/** One level of the rules: dates as a line, everything else as a table of the rules that fit and nearly fit. */
export function WhyLevel({ observatory, level, rmap }: LevelProps) {
  return (
    <li>
      <Glyph face={level.face} />
      <div>
        {level.text}
        {level.rules.length === 0 ? null : level.selector === 'UseAfter' ? (
          <Dates observatory={observatory} level={level} />
        ) : (
          <Rules observatory={observatory} level={level} rmap={rmap} />
        )}
      </div>
    </li>
  );
}

const isFile = (name: string) => /\.[a-z0-9]+$/i.test(name);

function Dates({ observatory, level }: Omit<LevelProps, 'rmap'>) {
  return (
    <DateLine
      at={level.asked.join(' ')}
      hidden={Math.max(0, level.total - level.rules.length)}
      entries={level.rules
        .map((rule) => ({
          from: rule.values.map(({ text }) => text).join(' '),
          file: rule.leadsTo ?? 'further rules',
          isChosen: rule.chosen,
        }))
        .sort((a, b) => (a.from < b.from ? -1 : 1))}
      hrefOf={(file) => (isFile(file) ? fileHref(observatory, file) : undefined)}
    />
  );
}

function Rules({ observatory, level, rmap }: LevelProps) {
  const leads = level.rules.some((rule) => rule.leadsTo !== null);
  const hidden = level.total - level.rules.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <section className="scroll-x" tabIndex={0} aria-label={`Rules of ${level.selector}`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Line</th>
            {level.parameters.map((parameter, index) => (
              <th scope="col" key={parameter}>
                {parameter}
                <span className="sub mono">{level.asked[index]}</span>
              </th>
            ))}
            <th scope="col" className="num">
              matches
            </th>
            {leads ? (
              <th scope="col">leads to</th>
            ) : (
              <th scope="col" className="num">
                entries
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {level.rules.map((rule, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules of a file that never changes
            <tr key={index} className={rule.chosen ? 'won' : undefined}>
              <td className="faint">
                {rule.chosen && <span className="only-read">chosen, line </span>}
                {rule.line === 0 || rmap === null ? (
                  '–'
                ) : (
                  <Href to={fileHref(observatory, rmap, { tab: 'contents', line: String(rule.line) })}>
                    {rule.line}
                  </Href>
                )}
              </td>
              {rule.values.map((value, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: values stand in the order of the parameters
                <td key={at} className={`match-key mono ${value.text.length > 16 ? 'long' : 'nowrap'}`}>
                  <Value value={value} asked={level.asked[at]} />
                </td>
              ))}
              <td className="num">{rule.weight ?? <span className="faint">–</span>}</td>
              {leads ? (
                <td className="mono">{rule.leadsTo ?? <span className="faint">further rules</span>}</td>
              ) : (
                <td className="num">{count(rule.entries)}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && <p className="small quiet">{plural(hidden, 'more rule fails', 'more rules fail')}.</p>}
    </section>
  );
}

/** A value of a rule: the part that matched stands out, one that failed is struck. */
function Value({ value, asked }: { value: CrdsWhyRule['values'][number]; asked: string | undefined }) {
  if (value.verdict === 'fails')
    return (
      <s>
        {value.text}
        <span className="only-read"> fails</span>
      </s>
    );
  if (value.verdict === 'any') return <span className="faint">{value.text}</span>;
  const parts = value.text.split('|');
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one value
    <span key={index} className="others">
      {part === asked || parts.length === 1 ? <b>{part}</b> : part}
      {index < parts.length - 1 && '|'}
      <wbr />
    </span>
  ));
}
