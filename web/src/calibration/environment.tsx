import { useState } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';

export interface Variable {
  name: string;
  value: string;
  why: string;
}

type Kind = 'shell' | 'csh' | 'python';
const kinds: Array<[Kind, string]> = [
  ['shell', 'bash, zsh'],
  ['csh', 'csh'],
  ['python', 'Python'],
];

/** What a client has to be told, as lines that end with showing whether it works. */
export function linesOf(kind: Kind, environment: readonly Variable[]): string {
  if (kind === 'python')
    return [
      'import os',
      ...environment.map(({ name, value }) =>
        /[$~]/.test(value)
          ? `os.environ["${name}"] = os.path.expandvars("${value}")`
          : `os.environ["${name}"] = "${value}"`,
      ),
      'import crds',
      'print(crds.get_default_context())',
    ].join('\n');
  const set = ({ name, value }: Variable) =>
    kind === 'csh' ? `setenv ${name} "${value}"` : `export ${name}="${value}"`;
  return [...environment.map(set), 'crds list --status'].join('\n');
}

/** Lines to copy into a terminal or a script, so that a client finds this server. */
export function Environment({ environment }: { environment: readonly Variable[] }) {
  const [kind, setKind] = useState<Kind>('shell');
  const text = linesOf(kind, environment);
  return (
    <section className="panel panel-pad stack close" aria-label="Environment of clients">
      <div className="row apart">
        <fieldset className="segments" aria-label="Language">
          {kinds.map(([id, label]) => (
            <button key={id} type="button" aria-pressed={id === kind} onClick={() => setKind(id)}>
              {label}
            </button>
          ))}
        </fieldset>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, by keys too */}
      <pre className="code unbroken" tabIndex={0}>
        {text}
      </pre>
      <Facts rows={environment.map(({ name, why }) => [name, why])} />
    </section>
  );
}
