import type { PandaRetryRule } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import type { Column } from '../shared/data-table.tsx';
import { count, plural } from '../shared/format.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { DayBars } from './day-bars.tsx';
import { actionWords, conditionWords, sum, whyIdle } from './retry-words.ts';

/** State, error, what else must fit, what happens, how often it did in two weeks. */
export function ruleColumns(): Column<PandaRetryRule>[] {
  return [
    {
      id: 'state',
      head: 'State',
      narrow: 'keep',
      cell: (rule) => (
        <span title={whyIdle(rule)}>
          <State family="retryRule" word={rule.state} />
        </span>
      ),
    },
    {
      id: 'error',
      head: 'Error',
      narrow: 'keep',
      full: (rule) => rule.meaning ?? undefined,
      cell: (rule) => (
        <Link
          to="."
          search={(before: Record<string, unknown>) => ({ ...before, rule: String(rule.id) })}
          className="mono nowrap"
        >
          {rule.errorSource} {rule.errorCode}
        </Link>
      ),
    },
    {
      id: 'then',
      head: 'A job that fails with it',
      fill: true,
      full: (rule) =>
        [actionWords(rule), ...conditionWords(rule), rule.description].filter(Boolean).join(', '),
      cell: (rule) => (
        <>
          {actionWords(rule)}
          {!rule.actionActive && <span className="quiet"> (action off)</span>}{' '}
          <span className="mono quiet">{conditionWords(rule).join(', ')}</span>{' '}
          <span className="quiet">{rule.description}</span>
        </>
      ),
    },
    {
      id: 'met',
      head: 'Met in 14 d',
      num: true,
      narrow: 'keep',
      cell: (rule) => count(sum(rule.acted) + sum(rule.noted)),
    },
    {
      id: 'days',
      head: 'By day',
      cell: (rule) => <DayBars acted={rule.acted} noted={rule.noted} label={daysText(rule)} />,
    },
    {
      id: 'last',
      head: 'Last',
      num: true,
      cell: (rule) => (rule.lastAt === null ? <span className="faint">–</span> : <Ago at={rule.lastAt} />),
    },
    {
      id: 'until',
      head: 'Until',
      cell: (rule) =>
        rule.expiresAt === null ? (
          <span className="faint">–</span>
        ) : (
          <Time at={rule.expiresAt} seconds={false} />
        ),
    },
  ];
}

/** The bars in words. */
export function daysText({ acted, noted }: Pick<PandaRetryRule, 'acted' | 'noted'>): string {
  const written = sum(noted);
  const today = (acted.at(-1) ?? 0) + (noted.at(-1) ?? 0);
  return `in 14 days it acted on ${plural(sum(acted), 'job')}${written === 0 ? '' : ` and was only written down for ${count(written)}`}, today ${count(today)}`;
}
