import { bytes } from '../format.ts';
import { hexLines } from './hex.ts';
import type { ShownFile } from './shown-file.ts';
import { lineHeight, useRowsInSight, VirtualLines } from './virtual-lines.tsx';

/** The first bytes of a file of which nothing more is known. */
export function HexView({ file, head }: { file: ShownFile; head: Uint8Array }) {
  const lines = hexLines(head);
  const rows = useRowsInSight(lines.length, lineHeight);
  return (
    <>
      <VirtualLines
        rows={rows}
        count={lines.length}
        wrap={false}
        label={`First bytes of ${file.fileName}`}
        line={(index) => (
          <span className="hex-line">
            <span className="token-quiet">{lines[index]?.offset}</span>
            <span>{lines[index]?.bytes.padEnd(47)}</span>
            <span className="token-quiet">{lines[index]?.text}</span>
          </span>
        )}
      />
      <p className="table-note small quiet">
        Files of this type are not shown; these are the first {bytes(head.length)} of {bytes(file.sizeBytes)}.
      </p>
    </>
  );
}
