import type { UwsDefinition, UwsJob } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import type { Ref } from 'react';
import { Glyph } from '../shared/glyphs.tsx';

/** What must be mended before the form can be sent; takes the focus, each entry leads to its field. */
export function ProblemList({
  ref,
  problems,
}: {
  ref: Ref<HTMLDivElement>;
  problems: ReadonlyMap<string, string>;
}) {
  return (
    <div ref={ref} tabIndex={-1} role="alert" className="small tone-bad">
      <b>{problems.size === 1 ? '1 field needs a look' : `${problems.size} fields need a look`}</b>
      <ul>
        {[...problems].map(([name, text]) => (
          <li key={name}>
            <a href={`#field-${name}`} className="tone-bad">
              {name}
            </a>
            : {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where the values came from, and what of the address the form does not know. */
export function StartNotes({
  definition,
  earlier,
  unknown,
}: {
  definition: UwsDefinition;
  earlier: UwsJob | undefined;
  unknown: readonly string[];
}) {
  if (earlier === undefined && unknown.length === 0) return null;
  return (
    <div className="stack close">
      {earlier !== undefined && (
        <p className="small">
          Filled in from job{' '}
          <Link
            to="/services/$name/jobs/$id"
            params={{ name: earlier.definition, id: earlier.id }}
            className="mono wrap-any"
          >
            {earlier.id}
          </Link>
          {earlier.definitionVersion !== definition.version &&
            `, which ran version ${earlier.definitionVersion}; this is version ${definition.version}`}
          . Files are taken over, not sent again.
        </p>
      )}
      {unknown.length > 0 && (
        <p className="small tone-partial state">
          <Glyph face="partial" size={11} /> The address names {unknown.join(', ')}, which {definition.name}{' '}
          does not have.
        </p>
      )}
    </div>
  );
}
