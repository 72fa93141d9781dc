import type { Me } from '@orrery/contracts';
import { pagesOfObservatory } from '../calibration/pages-of-observatory.ts';
import { anyObservatory } from '../calibration/queries.ts';
import type { IconName } from '../shared/glyphs.tsx';

export interface Area {
  id: string;
  label: string;
  short?: string;
  icon: IconName;
  to: string;
  /** Key after `g`. */
  key: string;
  /** Service of the red number; none for areas of the core. */
  service?: string;
  pages: AreaPage[];
  /** What the sign-in page says of it to those without an account who may read it, and whether there is anything. */
  door?: { says: string; query: QueryOptions };
  /** Pages that hang on where one is; they take the place of `pages`. */
  pagesAt?: (path: string) => AreaPage[] | undefined;
}

/** Answers whether an area has anything to show. */
type QueryOptions = { queryKey: readonly unknown[]; queryFn: () => Promise<boolean>; staleTime: number };

export interface AreaPage {
  label: string;
  to: string;
  /** Shown to those who hold this permission. */
  needs?: string;
  /** Another address below which one is on this page. */
  also?: string;
}

const home: Area = { id: 'home', label: 'Home', icon: 'home', to: '/', key: 'h', pages: [] };

/** Areas of services, in the order of the navigation; one appears when the server runs its service. */
const byService: Record<string, Area> = {
  panda: {
    id: 'work',
    label: 'Work',
    icon: 'work',
    to: '/work',
    key: 'w',
    service: 'panda',
    pages: [
      { label: 'Overview', to: '/work', needs: 'panda.read' },
      { label: 'Jobs', to: '/work/jobs', needs: 'panda.read', also: '/work/users' },
      { label: 'Queues', to: '/work/queues', needs: 'panda.read' },
      { label: 'Storage', to: '/work/storage', needs: 'panda.read' },
      { label: 'Shares', to: '/work/shares', needs: 'panda.read' },
      { label: 'Workers', to: '/work/workers', needs: 'panda.read' },
      { label: 'Nodes', to: '/work/nodes', needs: 'panda.read' },
      { label: 'Harvesters', to: '/work/harvesters', needs: 'panda.read' },
      { label: 'Errors', to: '/work/errors', needs: 'panda.read' },
      { label: 'Retry rules', to: '/work/retry-rules', needs: 'panda.read' },
    ],
  },
  uws: {
    id: 'services',
    label: 'Services',
    icon: 'services',
    to: '/services',
    key: 's',
    service: 'uws',
    pages: [
      { label: 'Definitions', to: '/services' },
      { label: 'Jobs', to: '/services/jobs' },
    ],
  },
  crds: {
    id: 'calibration',
    label: 'Calibration',
    short: 'Calib.',
    icon: 'calibration',
    to: '/calibration',
    key: 'c',
    service: 'crds',
    pages: [{ label: 'Observatories', to: '/calibration', needs: 'crds.read' }],
    door: {
      says: 'is open to everybody: which reference files suit which exposure, and why.',
      query: anyObservatory,
    },
    pagesAt: pagesOfObservatory,
  },
};

const admin: Area = {
  id: 'admin',
  label: 'Admin',
  icon: 'admin',
  to: '/admin/capacity',
  key: 'a',
  pages: [
    { label: 'Capacity', to: '/admin/capacity' },
    { label: 'Schedule', to: '/admin/schedule' },
    { label: 'Processes', to: '/admin/processes', needs: 'core.operate' },
    { label: 'Audit', to: '/admin/audit', needs: 'core.audit' },
  ],
};

/** Only areas that exist on this server and for this person; `path` is where one is, below `/ui`. */
export function areasFor(me: Me, path: string): Area[] {
  const held = new Set(me.permissions);
  const seen = (area: Area): Area[] => {
    const pages = (area.pagesAt?.(path) ?? area.pages).filter(
      ({ needs }) => needs === undefined || held.has(needs),
    );
    return pages.length === 0 ? [] : [{ ...area, pages }];
  };
  const services = me.services.flatMap(({ name }) => byService[name] ?? []);
  return [home, ...[...services, ...(me.anonymous ? [] : [admin])].flatMap(seen)];
}

/** True where somebody without an account stands before an area that is there only for those who have one. */
export function needsAccount(me: Me, path: string): boolean {
  if (!me.anonymous || areaOf(path, areasFor(me, path)) !== undefined) return false;
  return areaOf(path, [...Object.values(byService), admin]) !== undefined;
}

/** The area an address below `/ui` lies in. */
export function areaOf(path: string, areas: readonly Area[]): Area | undefined {
  const first = path.split('/')[1] ?? '';
  return areas.find((area) => area.id === (first === '' ? 'home' : first));
}
