import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  type SearchSchemaInput,
} from '@tanstack/react-router';
import { SignIn } from './account/sign-in.tsx';
import { apiOf } from './api-of-page.ts';
import { Home } from './home/home.tsx';
import { Empty, ErrorPanel } from './shared/blanks.tsx';
import { meQuery } from './shared/me.ts';
import { Framed } from './shell/framed.tsx';

/** All state of a page that can be shared stands in its query string, as plain text. */
export type Search = Record<string, string | undefined>;
const anySearch = (search: Search & SearchSchemaInput): Search => search;

const root = createRootRoute({
  component: Outlet,
  validateSearch: anySearch,
  // `?json` on any page goes to the call the page is made from.
  beforeLoad({ search, location: { pathname } }) {
    if (!('json' in search)) return;
    const { json: _json, ...rest } = search;
    const api = apiOf(pathname.replace(/^\/ui(?=\/|$)/, '') || '/', rest);
    if (api !== undefined) window.location.replace(api);
  },
});

const framed = createRoute({ getParentRoute: () => root, id: 'framed', component: Framed });
const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignIn });

const home = createRoute({ getParentRoute: () => framed, path: '/', component: Home });

const definitions = createRoute({
  getParentRoute: () => framed,
  path: '/services',
  component: lazyRouteComponent(() => import('./services/definitions.tsx'), 'Definitions'),
});
const allJobs = createRoute({
  getParentRoute: () => framed,
  path: '/services/jobs',
  component: lazyRouteComponent(() => import('./services/jobs.tsx'), 'AllJobs'),
});
const form = createRoute({
  getParentRoute: () => framed,
  path: '/services/$name',
  component: lazyRouteComponent(() => import('./services/form.tsx'), 'DefinitionForm'),
});
const definition = createRoute({
  getParentRoute: () => framed,
  path: '/services/$name/definition',
  component: lazyRouteComponent(() => import('./services/definition.tsx'), 'DefinitionPage'),
});
const jobsOf = createRoute({
  getParentRoute: () => framed,
  path: '/services/$name/jobs',
  component: lazyRouteComponent(() => import('./services/jobs.tsx'), 'JobsOf'),
});
const job = createRoute({
  getParentRoute: () => framed,
  path: '/services/$name/jobs/$id',
  component: lazyRouteComponent(() => import('./services/job.tsx'), 'JobPage'),
});
const work = createRoute({
  getParentRoute: () => framed,
  path: '/work',
  component: lazyRouteComponent(() => import('./work/overview.tsx'), 'Overview'),
});
const workJobs = createRoute({
  getParentRoute: () => framed,
  path: '/work/jobs',
  component: lazyRouteComponent(() => import('./work/jobs.tsx'), 'Jobs'),
});
const workJob = createRoute({
  getParentRoute: () => framed,
  path: '/work/jobs/$id',
  component: lazyRouteComponent(() => import('./work/job.tsx'), 'JobPage'),
});
const workQueues = createRoute({
  getParentRoute: () => framed,
  path: '/work/queues',
  component: lazyRouteComponent(() => import('./work/queues.tsx'), 'Queues'),
});
const workQueue = createRoute({
  getParentRoute: () => framed,
  path: '/work/queues/$name',
  component: lazyRouteComponent(() => import('./work/queue.tsx'), 'QueuePage'),
});
const workStorage = createRoute({
  getParentRoute: () => framed,
  path: '/work/storage',
  component: lazyRouteComponent(() => import('./work/endpoints.tsx'), 'Endpoints'),
});
const workShares = createRoute({
  getParentRoute: () => framed,
  path: '/work/shares',
  component: lazyRouteComponent(() => import('./work/shares.tsx'), 'Shares'),
});
const workWorkers = createRoute({
  getParentRoute: () => framed,
  path: '/work/workers',
  component: lazyRouteComponent(() => import('./work/workers.tsx'), 'Workers'),
});
const workWorker = createRoute({
  getParentRoute: () => framed,
  path: '/work/workers/$harvester/$id',
  component: lazyRouteComponent(() => import('./work/worker.tsx'), 'WorkerPage'),
});
const workNodes = createRoute({
  getParentRoute: () => framed,
  path: '/work/nodes',
  component: lazyRouteComponent(() => import('./work/nodes.tsx'), 'Nodes'),
});
const workBadNodes = createRoute({
  getParentRoute: () => framed,
  path: '/work/nodes/bad',
  component: lazyRouteComponent(() => import('./work/bad-nodes.tsx'), 'BadNodes'),
});
const workNode = createRoute({
  getParentRoute: () => framed,
  path: '/work/nodes/$site/$host',
  component: lazyRouteComponent(() => import('./work/node.tsx'), 'NodePage'),
});
const workHarvesters = createRoute({
  getParentRoute: () => framed,
  path: '/work/harvesters',
  component: lazyRouteComponent(() => import('./work/harvesters.tsx'), 'Harvesters'),
});
const workHarvester = createRoute({
  getParentRoute: () => framed,
  path: '/work/harvesters/$harvester',
  component: lazyRouteComponent(() => import('./work/harvester.tsx'), 'HarvesterPage'),
});
const workUser = createRoute({
  getParentRoute: () => framed,
  path: '/work/users/$name',
  component: lazyRouteComponent(() => import('./work/user.tsx'), 'UserPage'),
});
const workErrors = createRoute({
  getParentRoute: () => framed,
  path: '/work/errors',
  component: lazyRouteComponent(() => import('./work/errors.tsx'), 'ErrorsPage'),
});
const workRetryRules = createRoute({
  getParentRoute: () => framed,
  path: '/work/retry-rules',
  component: lazyRouteComponent(() => import('./work/retry-rules.tsx'), 'RetryRules'),
});
const calibrationObservatories = createRoute({
  getParentRoute: () => framed,
  path: '/calibration',
  component: lazyRouteComponent(() => import('./calibration/observatories.tsx'), 'Observatories'),
});
const calibrationOverview = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs',
  component: lazyRouteComponent(() => import('./calibration/overview.tsx'), 'OverviewPage'),
});
const calibrationContexts = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/contexts',
  component: lazyRouteComponent(() => import('./calibration/contexts.tsx'), 'ContextsPage'),
});
const calibrationContext = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/contexts/$context',
  component: lazyRouteComponent(() => import('./calibration/context.tsx'), 'ContextPage'),
});
const calibrationDiff = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/diff',
  component: lazyRouteComponent(() => import('./calibration/diff.tsx'), 'DiffPage'),
});
const calibrationBest = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/best-references',
  component: lazyRouteComponent(() => import('./calibration/best-references.tsx'), 'BestReferencesPage'),
});
const calibrationExplore = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/explore',
  component: lazyRouteComponent(() => import('./calibration/explore.tsx'), 'ExplorePage'),
});
const calibrationFiles = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/files',
  component: lazyRouteComponent(() => import('./calibration/files.tsx'), 'FilesPage'),
});
const calibrationFile = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/files/$name',
  component: lazyRouteComponent(() => import('./calibration/file.tsx'), 'FilePage'),
});
const calibrationSearch = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/search',
  component: lazyRouteComponent(() => import('./calibration/search.tsx'), 'SearchPage'),
});
const calibrationAffected = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/affected',
  component: lazyRouteComponent(() => import('./calibration/affected.tsx'), 'AffectedPage'),
});
const calibrationAffectedRun = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/affected/$run',
  component: lazyRouteComponent(() => import('./calibration/affected-run.tsx'), 'AffectedRunPage'),
});
const calibrationDatasets = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/datasets',
  component: lazyRouteComponent(() => import('./calibration/datasets.tsx'), 'DatasetsPage'),
});
const calibrationDataset = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/datasets/$id',
  component: lazyRouteComponent(() => import('./calibration/dataset.tsx'), 'DatasetPage'),
});
const calibrationSoundness = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/soundness',
  component: lazyRouteComponent(() => import('./calibration/soundness.tsx'), 'SoundnessPage'),
});
const calibrationNightly = createRoute({
  getParentRoute: () => framed,
  path: '/calibration/$obs/nightly',
  component: lazyRouteComponent(() => import('./calibration/nightly.tsx'), 'NightlyPage'),
});
const capacity = createRoute({
  getParentRoute: () => framed,
  path: '/admin/capacity',
  component: lazyRouteComponent(() => import('./admin/capacity.tsx'), 'CapacityPage'),
});
const schedule = createRoute({
  getParentRoute: () => framed,
  path: '/admin/schedule',
  component: lazyRouteComponent(() => import('./admin/schedule.tsx'), 'SchedulePage'),
});
const audit = createRoute({
  getParentRoute: () => framed,
  path: '/admin/audit',
  component: lazyRouteComponent(() => import('./admin/audit.tsx'), 'AuditPage'),
});
const processes = createRoute({
  getParentRoute: () => framed,
  path: '/admin/processes',
  component: lazyRouteComponent(() => import('./admin/processes.tsx'), 'ProcessesPage'),
});
const stories = createRoute({
  getParentRoute: () => framed,
  path: '/admin/ui',
  component: lazyRouteComponent(() => import('./admin/stories.tsx'), 'Stories'),
});
const account = createRoute({
  getParentRoute: () => framed,
  path: '/account',
  component: lazyRouteComponent(() => import('./account/account.tsx'), 'AccountPage'),
});

const nowhere = createRoute({ getParentRoute: () => framed, path: '$', component: NotFound });

const routeTree = root.addChildren([
  signIn,
  framed.addChildren([
    home,
    definitions,
    allJobs,
    form,
    definition,
    jobsOf,
    job,
    work,
    workJobs,
    workJob,
    workQueues,
    workQueue,
    workStorage,
    workShares,
    workWorkers,
    workWorker,
    workNodes,
    workBadNodes,
    workNode,
    workHarvesters,
    workHarvester,
    workUser,
    workErrors,
    workRetryRules,
    calibrationObservatories,
    calibrationOverview,
    calibrationContexts,
    calibrationContext,
    calibrationDiff,
    calibrationBest,
    calibrationExplore,
    calibrationFiles,
    calibrationFile,
    calibrationSearch,
    calibrationAffected,
    calibrationAffectedRun,
    calibrationDatasets,
    calibrationDataset,
    calibrationSoundness,
    calibrationNightly,
    capacity,
    schedule,
    audit,
    processes,
    stories,
    account,
    nowhere,
  ]),
]);

function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <div className="panel">
        <Empty
          title="Nothing stands at this address"
          act={
            <Link to="/" className="button small">
              Home
            </Link>
          }
        >
          The address is wrong, or its service does not run on this server.
        </Empty>
      </div>
    </>
  );
}

export function createAppRouter(queryClient: QueryClient) {
  void queryClient.prefetchQuery(meQuery);
  return createRouter({
    routeTree,
    basepath: '/ui',
    defaultPreload: 'intent',
    defaultPreloadDelay: 60,
    scrollRestoration: true,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ({ error, reset }) => (
      <ErrorPanel what="This page could not be shown" error={error} retry={reset} />
    ),
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch(search) {
      const text = new URLSearchParams();
      for (const [key, value] of Object.entries(search))
        if (value !== undefined && value !== '') text.set(key, String(value));
      const written = text.toString();
      return written === '' ? '' : `?${written}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
