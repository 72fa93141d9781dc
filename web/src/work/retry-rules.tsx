import type { PandaRetryRule, PandaRetryRuleFilter } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../shared/blanks.tsx';
import { useKeys } from '../shared/keys.ts';
import { type KeysetPlace, KeysetTable } from '../shared/keyset-table.tsx';
import { usePlace } from '../shared/page.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import { errorOf } from './filter.ts';
import { RetryActions } from './retry-actions.tsx';
import { ruleColumns } from './retry-columns.tsx';
import { ruleFields, ruleFilter, ruleProblems, ruleStates, ruleTerms, ruleText } from './retry-filter.ts';
import { rulesQuery } from './retry-queries.ts';
import { RuleDialog } from './retry-rule-dialog.tsx';
import { RuleUndo } from './retry-undo.tsx';
import { actionNames, blankRule, patternOf } from './retry-words.ts';
import './work.css';

type Address = Partial<Record<'q' | 'cursor' | 'rule' | 'error' | 'diag', string | undefined>>;

/** What becomes of jobs that fail with a certain error: rules, how often they met a job, and where they are written. */
export function RetryRules() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Retry rules' }]);
  const address = useSearch({ strict: false }) as Address;
  const { q = '', cursor, rule: asked } = address;
  const navigate = useNavigate();
  const [removed, setRemoved] = useState<PandaRetryRule | undefined>();
  const filter = useMemo(() => ruleFilter(q), [q]);
  const place: KeysetPlace = cursor === undefined ? {} : { cursor };
  const query = rulesQuery(filter, place);
  const { data } = useQuery({ ...query, placeholderData: (before) => before });
  const mayChange = data?.mayChange ?? false;
  const go = (next: Address, replace = false) =>
    void navigate({
      to: '.',
      search: { ...address, rule: undefined, error: undefined, diag: undefined, ...next },
      replace,
    });
  const search = (text: string) => go({ q: text === '' ? undefined : text, cursor: undefined }, true);
  useKeys([{ keys: 'n', what: 'new rule', group: 'This page', run: () => mayChange && go({ rule: 'new' }) }]);
  const columns = useMemo(() => ruleColumns(), []);
  return (
    <>
      <div className="page-head">
        <h1>
          Retry rules <span className="rest">what an error means for the next attempt</span>
        </h1>
        {mayChange && (
          <button type="button" className="button primary" onClick={() => go({ rule: 'new' })}>
            New rule …
          </button>
        )}
      </div>
      {data !== undefined && <RetryActions actions={data.actions} mayChange={mayChange} />}
      <TermFilter
        q={q}
        terms={ruleTerms(q)}
        textOf={ruleText}
        problems={ruleProblems(q)}
        placeholder="error:pilot:1305 action:limit_retry state:on"
        fields={ruleFields}
        valuesOf={(field) =>
          field === 'action' ? Object.keys(actionNames) : field === 'state' ? ruleStates : []
        }
        onChange={search}
      />
      {removed !== undefined && <RuleUndo rule={removed} onDone={() => setRemoved(undefined)} />}
      <KeysetTable
        label="Retry rules, the last written first"
        failure="The rules could not be read"
        query={query}
        place={place}
        live={still}
        columns={columns}
        pageOf={(row) =>
          `/work/retry-rules?${new URLSearchParams({ ...known({ q, cursor }), rule: String(row.id) })}`
        }
        order="last written first"
        onJump={null}
        onOpen={(to) => go({ rule: new URLSearchParams(to.split('?')[1]).get('rule') ?? undefined })}
        onMove={(to) => go({ cursor: to.cursor })}
        empty={<NoRule filter={filter} onAll={() => search('')} />}
      />
      {asked !== undefined && (
        <RuleDialog
          key={asked}
          id={/^\d{1,15}$/.test(asked) ? Number(asked) : undefined}
          blank={startOf(address)}
          mayChange={mayChange}
          actions={data?.actions ?? []}
          onRemoved={setRemoved}
          onClose={() => go({}, true)}
        />
      )}
    </>
  );
}

/** Rules have no events; the list is read anew after a change and when one comes back to it. */
const still = {
  topic: 'panda.retry-rule',
  keyOf: (row: PandaRetryRule) => String(row.id),
  arrival: () => 'neither' as const,
  after: (row: PandaRetryRule) => row,
  reread: () => Promise.resolve(undefined),
};

function known(terms: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(terms).flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [[key, value]],
    ),
  );
}

/** A rule of the error that the address names, as the pages of errors and jobs link to it. */
function startOf({ error = '', diag = '' }: Address) {
  const { errorSource: source, errorCode: code } = errorOf(error) ?? {};
  return blankRule(
    source === undefined || code === undefined ? undefined : { source, code },
    patternOf(diag),
  );
}

function NoRule({ filter, onAll }: { filter: PandaRetryRuleFilter; onAll: () => void }) {
  if (Object.keys(filter).length === 0)
    return (
      <Empty title="There is no rule">
        Every job that fails is tried again as often as its task says, with what it had.
      </Empty>
    );
  return (
    <Empty
      title="No rule matches"
      act={
        <button type="button" className="button small" onClick={onAll}>
          Show all rules
        </button>
      }
    />
  );
}
