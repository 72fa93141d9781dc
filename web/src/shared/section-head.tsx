import type { ReactNode } from 'react';
import { Href } from './link.tsx';

/** The title over a panel, a note, and where there is more. */
export function SectionHead(props: { title: string; note?: ReactNode; to?: string; link?: string }) {
  const { title, note, to, link } = props;
  return (
    <div className="section-head">
      <h2>{title}</h2>
      {note !== undefined && <span className="small quiet note">{note}</span>}
      {to !== undefined && (
        <Href to={to} className="small">
          {link}
        </Href>
      )}
    </div>
  );
}
