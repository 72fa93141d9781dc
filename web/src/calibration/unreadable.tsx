import { ErrorPanel } from '../shared/blanks.tsx';
import { Glyph } from '../shared/glyphs.tsx';

/** Stands in place of a page whose object could not be read: its name, why, and what to do. */
export function Unreadable(props: { title: string; error: unknown; retry: () => void }) {
  const { title, error, retry } = props;
  return (
    <>
      <h1>{title}</h1>
      <ErrorPanel what="It could not be read" error={error} retry={retry} />
    </>
  );
}

/** Above the contents of a context or a mapping: its rules can be read, and nobody can ask them. */
export function CannotBeUsed({ why }: { why: string }) {
  return (
    <p className="panel panel-pad" role="status">
      <Glyph face="bad" /> It cannot be used: <span className="mono">{why}</span>
    </p>
  );
}
