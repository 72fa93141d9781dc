import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** A link to an address the API gave: a page below `/ui` by the router, everything else by the browser. */
export function Href({
  to,
  className,
  title,
  children,
}: {
  to: string;
  className?: string;
  title?: string;
  children: ReactNode;
}) {
  const extra = {
    ...(className === undefined ? {} : { className }),
    ...(title === undefined ? {} : { title }),
  };
  if (to !== '/ui' && !to.startsWith('/ui/')) {
    return (
      <a href={to} {...extra}>
        {children}
      </a>
    );
  }
  const url = new URL(to, 'http://page');
  return (
    <Link
      to={url.pathname.slice(3) || '/'}
      search={Object.fromEntries(url.searchParams)}
      hash={url.hash.slice(1)}
      {...extra}
    >
      {children}
    </Link>
  );
}
