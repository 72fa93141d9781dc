import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { fileHref } from './address.ts';

interface StateOfFile {
  state: string | null;
  rejected: boolean;
  blacklisted: boolean;
}

/** The word for the state of a file: that it is bad says more than where it is on its way. */
export const stateWord = ({ state, rejected, blacklisted }: StateOfFile): string =>
  rejected ? 'rejected' : blacklisted ? 'blacklisted' : (state ?? 'missing');

export const FileState = ({ file }: { file: StateOfFile }) => (
  <State family="crdsFile" word={stateWord(file)} />
);

/** The name of a file as a link; a bad one says so. */
export function FileLink(props: { observatory: string; name: string; bad?: boolean; known?: boolean }) {
  const { observatory, name, bad = false, known = true } = props;
  if (!known)
    return (
      <span className="mono" title="The catalogue does not have this file">
        <Glyph face="unknown" size={11} /> {name}
      </span>
    );
  return (
    <>
      <Href to={fileHref(observatory, name)} className="mono">
        {name}
      </Href>
      {bad && (
        <span className="tone-bad small nowrap">
          {' '}
          <Glyph face="bad" size={11} /> bad
        </span>
      )}
    </>
  );
}
