import type { ReactNode } from 'react';
import { FacePill } from '../shared/state-badge.tsx';

/** The head of the page of a file or a context: its name, what it is now, a line about it, what one can do. */
export function ObjectHead(props: {
  name: string;
  /** What it is for: latest, edit, … */
  roles: readonly string[];
  state: ReactNode;
  line: ReactNode;
  acts: ReactNode;
}) {
  const { name, roles, state, line, acts } = props;
  return (
    <div className="page-head">
      <div>
        <div className="page-title">
          <h1 className="mono-title">{name}</h1>
          {state}
          {roles.map((role) => (
            <FacePill key={role} face={role === 'edit' ? 'idle' : 'good'} word={role} />
          ))}
        </div>
        <p className="small quiet">{line}</p>
      </div>
      <div className="acts">{acts}</div>
    </div>
  );
}
