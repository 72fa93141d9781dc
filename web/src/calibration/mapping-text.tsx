import { useEffect, useMemo } from 'react';
import { exact } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { lineHeight, useRowsInSight, VirtualLines } from '../shared/preview/virtual-lines.tsx';
import '../shared/preview/preview.css';
import { type Token, tokensOf } from './mapping-tokens.ts';

interface MappingTextProps {
  text: string;
  label: string;
  /** Number of the first line of the text. */
  first?: number;
  /** The line that is pointed at, from 1. */
  line: number | undefined;
  onLine: (line: number) => void;
  /** The page of a file that the text names. */
  hrefOf: (file: string) => string;
}

/** The text of a mapping: lines have addresses, the files it names are links. Only lines in sight are drawn. */
export function MappingText({ text, label, first = 1, line, onLine, hrefOf }: MappingTextProps) {
  const lines = useMemo(() => tokensOf(text.replace(/\n$/, '')), [text]);
  const rows = useRowsInSight(lines.length, lineHeight);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is sought when the line or the text changes
  useEffect(() => {
    if (line !== undefined) rows.scrollTo(line - first);
  }, [line, text]);
  return (
    <div className="mapping-text">
      <VirtualLines
        rows={rows}
        count={lines.length}
        wrap={false}
        label={label}
        line={(index) => (
          <span className={index + first === line ? 'at' : undefined}>
            <button
              type="button"
              className="no"
              tabIndex={-1}
              aria-label={`Line ${index + first}`}
              onClick={() => onLine(index + first)}
            >
              {exact(index + first)}
            </button>
            <span className="line-text">
              {(lines[index] ?? []).map((token, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line keep their order
                <Piece key={at} token={token} hrefOf={hrefOf} />
              ))}
            </span>
          </span>
        )}
      />
    </div>
  );
}

const classes: Partial<Record<Token['kind'], string>> = {
  word: 'token-word',
  number: 'token-number',
  sign: 'token-quiet',
  comment: 'token-quiet',
};

function Piece({ token: { kind, text }, hrefOf }: { token: Token; hrefOf: (file: string) => string }) {
  if (kind !== 'file') return <span className={classes[kind]}>{text}</span>;
  const name = text.slice(1, -1);
  return (
    <>
      <span className="token-quiet">{text[0]}</span>
      <Href to={hrefOf(name)}>{name}</Href>
      <span className="token-quiet">{text.at(-1)}</span>
    </>
  );
}
