import type { PandaRetryRule } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../shared/api.ts';
import { ActButton } from '../shared/confirm-act.tsx';
import { rulesPath } from './retry-queries.ts';

/** Says which rule was deleted, and takes that back. */
export function RuleUndo({ rule, onDone }: { rule: PandaRetryRule; onDone: () => void }) {
  const queryClient = useQueryClient();
  const undo = async () => {
    await call('POST', `${rulesPath}/${rule.id}/restore`, { ifMatch: rule.version });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'retry-rules'] });
    onDone();
  };
  return (
    <div className="undo-bar" role="status">
      <span>
        Rule {rule.id} about{' '}
        <span className="mono">
          {rule.errorSource} {rule.errorCode}
        </span>{' '}
        is deleted. <span className="quiet">What it did stays written down.</span>
      </span>
      <ActButton label="Undo" kind="small" run={undo} />
    </div>
  );
}
