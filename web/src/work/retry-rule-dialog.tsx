import type { PandaRetryActionRow, PandaRetryRule, PandaRetryRuleWish } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { Dialog } from '../shared/dialog.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { State } from '../shared/state-badge.tsx';
import { Ago } from '../shared/time.tsx';
import { MetJobs } from './retry-met.tsx';
import { ruleQuery, rulesPath } from './retry-queries.ts';
import { RuleFields, ruleProblem } from './retry-rule-fields.tsx';
import { Trial } from './retry-trial.tsx';
import { actionWords, conditionWords, whyIdle } from './retry-words.ts';

interface DialogProps {
  /** Undefined: a new rule, that begins as `blank`. */
  id: number | undefined;
  blank: PandaRetryRuleWish;
  mayChange: boolean;
  actions: readonly PandaRetryActionRow[];
  onRemoved: (rule: PandaRetryRule) => void;
  onClose: () => void;
}

/** A rule over the list: as a form for those who may change it, in words for the others. */
export function RuleDialog(props: DialogProps) {
  const { id, blank, onClose } = props;
  const { data, error, refetch } = useQuery({ ...ruleQuery(id ?? 0), enabled: id !== undefined });
  if (id === undefined) return props.mayChange ? <Editor {...props} rule={undefined} start={blank} /> : null;
  if (data !== undefined && props.mayChange && data.state !== 'removed')
    return <Editor {...props} rule={data} start={data} />;
  return (
    <Dialog label={`Rule ${id}`} className="wide" onClose={onClose}>
      <div className="dialog-body stack close">
        <h2>Rule {id}</h2>
        {data !== undefined ? (
          <Words rule={data} mayChange={props.mayChange} />
        ) : error !== null ? (
          <ErrorPanel what="The rule could not be read" error={error} retry={() => void refetch()} />
        ) : (
          <SkeletonRows rows={6} />
        )}
        <div className="dialog-acts">
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Words({ rule, mayChange }: { rule: PandaRetryRule; mayChange: boolean }) {
  const queryClient = useQueryClient();
  const restore = async () => {
    await call('POST', `${rulesPath}/${rule.id}/restore`, { ifMatch: rule.version });
    await queryClient.invalidateQueries({ queryKey: ['panda'] });
  };
  return (
    <>
      <p>
        <State family="retryRule" word={rule.state} /> A job that fails with{' '}
        <span className="mono">
          {rule.errorSource} {rule.errorCode}
        </span>
        {rule.meaning !== null && ` (${rule.meaning})`} {actionWords(rule)}.
      </p>
      {conditionWords(rule).length > 0 && <p className="mono">{conditionWords(rule).join(', ')}</p>}
      {rule.description !== '' && <p>{rule.description}</p>}
      {mayChange && rule.state === 'removed' && <ActButton label="Bring it back" run={restore} />}
      <MetJobs rule={rule} />
    </>
  );
}

function Editor({
  rule,
  start,
  actions,
  onRemoved,
  onClose,
}: DialogProps & { rule: PandaRetryRule | undefined; start: PandaRetryRuleWish }) {
  const [wish, setWish] = useState<PandaRetryRuleWish>(() => wishOf(start));
  const queryClient = useQueryClient();
  const problem = ruleProblem(wish);
  const renew = () =>
    Promise.all(
      ['retry-rules', 'retry-rule', 'retry-decisions'].map((part) =>
        queryClient.invalidateQueries({ queryKey: ['panda', part] }),
      ),
    );
  const save = async () => {
    if (rule === undefined) await call('POST', rulesPath, { body: wish });
    else await call('PUT', `${rulesPath}/${rule.id}`, { body: wish, ifMatch: rule.version });
    await renew();
  };
  const remove = async () => {
    if (rule === undefined) return;
    onRemoved(await call<PandaRetryRule>('DELETE', `${rulesPath}/${rule.id}`, { ifMatch: rule.version }));
    await renew();
    onClose();
  };
  return (
    <FormDialog
      wide
      title={rule === undefined ? 'New retry rule' : `Rule ${rule.id}`}
      verb={rule === undefined ? 'Add rule' : 'Save rule'}
      problem={problem}
      run={save}
      onClose={onClose}
    >
      {rule !== undefined && (
        <div className="row">
          <State family="retryRule" word={rule.state} />
          <span className="quiet">{whyIdle(rule)}</span>
          <span className="quiet small">
            changed by {rule.changedBy} <Ago at={rule.changedAt} />
          </span>
        </div>
      )}
      <RuleFields wish={wish} actions={actions} isNew={rule === undefined} onChange={setWish} />
      <Trial wish={problem === undefined ? wish : undefined} id={rule?.id} />
      {rule !== undefined && (
        <>
          <MetJobs rule={rule} />
          <ActButton label="Delete rule" kind="danger" run={remove} />
        </>
      )}
    </FormDialog>
  );
}

/** The fields of a rule that are written, and none of those the server adds. */
function wishOf(rule: PandaRetryRuleWish): PandaRetryRuleWish {
  return {
    action: rule.action,
    errorSource: rule.errorSource,
    errorCode: rule.errorCode,
    diagPattern: rule.diagPattern,
    architecture: rule.architecture,
    release: rule.release,
    queue: rule.queue,
    workQueue: rule.workQueue,
    parameters: rule.parameters,
    active: rule.active,
    description: rule.description,
    expiresAt: rule.expiresAt,
  };
}
