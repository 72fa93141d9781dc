import type { Me } from '@orrery/contracts';
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { clock, plural } from '../shared/format.ts';
import { Icon, Mark } from '../shared/glyphs.tsx';
import { useKeys } from '../shared/keys.ts';
import { startLive } from '../shared/live.ts';
import { LiveDot, OfflineLine } from '../shared/live-dot.tsx';
import { useBoard } from '../shared/me.ts';
import { useNow } from '../shared/now.ts';
import { crumbs } from '../shared/page.ts';
import { AccountMenu } from './account-menu.tsx';
import { type Area, areaOf, areasFor } from './areas.ts';
import { usePath } from './path.ts';

const loadPalette = async () => ({ default: (await import('../shared/palette.tsx')).Palette });
const Palette = lazy(loadPalette);
const KeyMap = lazy(async () => ({ default: (await import('../shared/key-map.tsx')).KeyMap }));

/** The frame of every page: areas at the left, crumbs, search, live state, clock and account above. */
export function Shell({ me }: { me: Me }) {
  const path = usePath();
  const areas = areasFor(me, path);
  const [open, setOpen] = useState<'palette' | 'keys' | undefined>();
  const overdue = useBoard().data?.overdueByService ?? {};
  const here = areaOf(path, areas);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => (me.anonymous ? undefined : startLive(queryClient)), [queryClient, me.anonymous]);
  useEffect(() => {
    // Read ahead when there is time, so that what is typed right after Ctrl K is not lost.
    const timer = setTimeout(() => void loadPalette(), 1500);
    return () => clearTimeout(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page is what moves the focus
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [path]);
  useKeys([
    { keys: 'ctrl+k', what: 'find anything', group: 'Everywhere', run: () => setOpen('palette') },
    { keys: '?', what: 'this map', group: 'Everywhere', run: () => setOpen('keys') },
    {
      keys: 'shift+y',
      what: 'copy the link of this page',
      group: 'Everywhere',
      run: () => void navigator.clipboard?.writeText(location.href),
    },
    ...areas.map((area) => ({
      keys: `g ${area.key}`,
      what: area.label,
      group: 'Go to',
      run: () => void navigate({ to: area.to }),
    })),
  ]);
  const pages = areas.flatMap((area) =>
    area.pages.length === 0
      ? [{ label: area.label, to: area.to }]
      : area.pages.map((page) => ({ label: `${area.label}: ${page.label}`, to: page.to })),
  );
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Column areas={areas} here={here} path={path} overdue={overdue} me={me} />
      <div className="frame">
        <LoadingLine />
        <header className="top-bar">
          <Link to="/" activeOptions={exactly} className="mark" aria-label="Orrery, home">
            <Mark />
          </Link>
          <Crumbs />
          <button
            type="button"
            className="find-field"
            aria-label="Find an id, a name, a hash … Ctrl K"
            onClick={() => setOpen('palette')}
          >
            <Icon name="search" />
            <span>Find an id, a name, a hash …</span>
            <kbd>Ctrl K</kbd>
          </button>
          <LiveDot />
          <Clock />
          <AccountMenu me={me} onKeys={() => setOpen('keys')} />
        </header>
        <OfflineLine />
        {here !== undefined && here.pages.length > 1 && <AreaPages area={here} path={path} />}
        <main id="main" className="page" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <BottomBar areas={areas} here={here} overdue={overdue} />
      <Suspense>
        {open === 'palette' && <Palette pages={pages} onClose={() => setOpen(undefined)} />}
        {open === 'keys' && <KeyMap onClose={() => setOpen(undefined)} />}
      </Suspense>
    </div>
  );
}

/** A link is the present page only if it is exactly that; the router would mark every ancestor otherwise. */
const exactly = { exact: true } as const;

interface NavProps {
  areas: Area[];
  here: Area | undefined;
  overdue: Record<string, number>;
}

function Overdue({ area, overdue }: { area: Area; overdue: Record<string, number> }) {
  const n = area.service === undefined ? 0 : (overdue[area.service] ?? 0);
  if (n === 0) return null;
  return (
    <span className="overdue" title={`${plural(n, 'object')} past the deadline`}>
      {n > 999 ? '999+' : n}
      <span className="only-read"> overdue</span>
    </span>
  );
}

function Column({ areas, here, overdue, path, me }: NavProps & { path: string; me: Me }) {
  return (
    <nav className="column" aria-label="Areas">
      <Link to="/" activeOptions={exactly} className="mark">
        <Mark />
        <span>Orrery</span>
      </Link>
      <div className="areas">
        {areas.map((area) => {
          const isHere = area === here;
          const onPage = isHere && area.pages.length > 0;
          return (
            <div key={area.id}>
              <Link
                to={area.to}
                activeOptions={exactly}
                className={`nav-area ${isHere && !onPage ? 'on' : ''}`}
                {...(isHere && !onPage ? { 'aria-current': 'page' as const } : {})}
              >
                <Icon name={area.icon} />
                <span>{area.label}</span>
                <Overdue area={area} overdue={overdue} />
              </Link>
              {onPage && (
                <div className="nav-pages">
                  {area.pages.map((page) => {
                    const on = page.to === pageOf(path, area);
                    return (
                      <Link
                        key={page.to}
                        to={page.to}
                        activeOptions={exactly}
                        className={`nav-page ${on ? 'on' : ''}`}
                        {...(on ? { 'aria-current': 'page' as const } : {})}
                      >
                        {page.label}
                      </Link>
                    );
                  })}
                </div>
              )}
            </div>
          );
        })}
      </div>
      <footer>
        {me.server.host}
        <br />
        version {me.server.version}
        <br />
        {/* Callers without an account are not told. */}
        {me.server.processes > 0 &&
          `${plural(me.server.processes, 'process', 'processes')}, ${me.server.database}`}
      </footer>
    </nav>
  );
}

/** The page of the area that an address belongs to: job lists and jobs are "Jobs", a form is "Definitions". */
function pageOf(path: string, area: Area): string | undefined {
  const exact = area.pages.find((page) => page.to === path);
  if (exact !== undefined) return exact.to;
  if (/^\/services\/[^/]+\/jobs/.test(path)) return '/services/jobs';
  const also = area.pages.find((page) => page.also !== undefined && path.startsWith(page.also));
  if (also !== undefined) return also.to;
  return area.pages.filter((page) => path.startsWith(page.to)).sort((a, b) => b.to.length - a.to.length)[0]
    ?.to;
}

/** The pages of the area in one line, where the column at the left has no room for them. */
function AreaPages({ area, path }: { area: Area; path: string }) {
  const here = pageOf(path, area);
  const line = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page may stand out of sight
  useEffect(() => {
    const link = line.current?.querySelector<HTMLElement>('[aria-current]');
    if (line.current !== null && link != null) line.current.scrollLeft = link.offsetLeft - 14;
  }, [here]);
  return (
    <nav ref={line} className="area-pages" aria-label={`Pages of ${area.label}`}>
      {area.pages.map((page) => (
        <Link
          key={page.to}
          to={page.to}
          activeOptions={exactly}
          {...(page.to === here ? { 'aria-current': 'page' as const } : {})}
        >
          {page.label}
        </Link>
      ))}
    </nav>
  );
}

function BottomBar({ areas, here, overdue }: NavProps) {
  return (
    <nav className="bottom-bar" aria-label="Areas, at the bottom">
      {areas
        .filter((area) => area.id !== 'admin')
        .map((area) => (
          <Link
            key={area.id}
            to={area.to}
            activeOptions={exactly}
            className={area === here ? 'on' : ''}
            {...(area === here ? { 'aria-current': 'page' as const } : {})}
          >
            <Icon name={area.icon} />
            {area.short ?? area.label}
            <Overdue area={area} overdue={overdue} />
          </Link>
        ))}
    </nav>
  );
}

function Crumbs() {
  const list = crumbs.use();
  return (
    <nav aria-label="Where you are" style={{ marginRight: 'auto', minWidth: 0 }}>
      <ol className="crumbs">
        {list.map((crumb, index) => (
          <li key={crumb.label + (crumb.to ?? '')}>
            {crumb.to === undefined || index === list.length - 1 ? (
              <span
                className={crumb.mono ? 'mono' : ''}
                {...(index === list.length - 1 ? { 'aria-current': 'page' as const } : {})}
              >
                {crumb.label}
              </span>
            ) : (
              <Link to={crumb.to} activeOptions={exactly}>
                {crumb.label}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Clock() {
  return <span className="clock mono">{clock(useNow())} UTC</span>;
}

/** A thin line above the page once loading takes longer than 300 ms; the old data stay. */
function LoadingLine() {
  const fetching = useIsFetching({ predicate: (query) => query.state.data === undefined }) > 0;
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!fetching) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, [fetching]);
  return late ? <div className="loading-line" /> : null;
}
