import Type, { type Static } from 'typebox';

/** What a queue may be: `online` and `test` give jobs out; `brokeroff` still gives out but gets no new ones. */
export const queueStatuses = ['online', 'test', 'brokeroff', 'paused', 'offline'] as const;
export type QueueStatus = (typeof queueStatuses)[number];

const text = (description: string) => Type.Optional(Type.String({ description, maxLength: 20_000 }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const count = (description: string) => Type.Optional(Type.Integer({ description, minimum: -1 }));
const byActivity = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()), { description }));

const anything = Type.Record(Type.String(), Type.Unknown());

/** Which pilots this server starts by itself for the queue; no pilot reads it. */
const pilotFactorySchema = Type.Object(
  {
    backend: Type.String({ description: 'Where pilots run: local.', default: 'local' }),
    pilot: Type.Union([Type.Literal('own'), Type.Literal('pilot3')], {
      description: 'own = the pilot of this program; pilot3 = the one of PanDA, which needs Python.',
      default: 'own',
    }),
    max: Type.Integer({ description: 'Pilots at a time, at most.', minimum: 0, default: 1 }),
    memoryMb: Type.Optional(
      Type.Integer({ description: 'Memory for the job of a pilot, MB; maxrss when absent.', minimum: 1 }),
    ),
  },
  {
    additionalProperties: true,
    description: 'Which pilots this server starts by itself for the queue; absent = none.',
  },
);

/**
 * The description of a queue as pilots download it: what pilot3 3.11.5.1 reads (info/queuedata.py), and what this
 * server reads besides. Other keys are kept and served unread. A key that is null counts as absent.
 */
export const queueDocument = Type.Object(
  {
    nickname: Type.String({
      description: 'Name of the queue.',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.+@:-]{0,127}$',
    }),
    panda_resource: text('The name pilots ask for jobs with (siteName). The same as nickname when absent.'),
    state: text('Pilots go away unless it is ACTIVE, which it is when absent.'),
    status: Type.Optional(
      Type.Enum([...queueStatuses], {
        description:
          'online, test, brokeroff, paused or offline. It counts when it is new or other than before; else what operators set stays.',
      }),
    ),
    type: text('unified, production or analysis: which labels its pilots ask for.'),
    resource_type: text('grid, hpc, cloud, …'),
    atlas_site: text('Site of the queue; gstat when absent.'),
    gstat: text('Site of the queue where atlas_site is absent.'),
    vo_name: text('The one VO that may use the queue; every VO when absent.'),
    copytools: Type.Record(Type.String(), anything, {
      description:
        'Tools that pilots move files with, by name, each with its set-up: {"mv": {}}. Pilots need one.',
      minProperties: 1,
    }),
    acopytools: byActivity(
      'Tools by activity, the best first: pr, pw, pl (reading, writing, logs), read_lan, write_lan, default.',
    ),
    astorages: byActivity('Storage endpoints by activity, the best first. May be absent with mv.'),
    acopytools_schemas: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([Type.Array(Type.String()), Type.Record(Type.String(), Type.Array(Type.String()))]),
        { description: 'Allowed protocols by activity, or by activity and tool.' },
      ),
    ),
    aprotocols: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'Protocols by activity.' }),
    ),
    catchall: text(
      'Free words: no_token_renewal, curlgetjob, setdebugmode, mv_final_destination, allow_wan_for_lib, allow_no_pilot, logging=…, loggingfile=…, IMAGE_BASE=….',
    ),
    params: Type.Optional(
      Type.Object(
        {
          internet_protocol_version: Type.Optional(Type.String({ description: 'IPv4 or IPv6, for curl.' })),
          allow_altstageout: flag('Whether outputs may go to another storage when theirs fails.'),
          pilot_walltime_grace: Type.Optional(
            Type.Number({ description: 'Percent above the time limit before a pilot ends a job.' }),
          ),
          pilot_rss_grace: Type.Optional(
            Type.Number({ description: 'Percent above the memory limit before a pilot ends a job.' }),
          ),
          pilot_maxwdir_grace: Type.Optional(
            Type.Number({ description: 'Percent above the disk limit before a pilot ends a job.' }),
          ),
          job_maxwalltime: count('Longest job, seconds.'),
        },
        { additionalProperties: true, description: 'Settings of pilots.' },
      ),
    ),
    corecount: count(
      'Cores of a pilot: jobs that ask for more are not given to it. 0, -1 or absent = any, for pilots that this server starts on its machine as many as that has.',
    ),
    maxrss: count('Memory of a pilot, MB.'),
    meanrss: count(
      'Memory by core that jobs may take in the mean, MB, of a queue whose workflow begins with push: while those that run, or run and start, ask for more, pilots get only jobs that ask for no more. 0 or absent = not looked at.',
    ),
    workflow: text('How Harvester brings jobs and workers together: pull, pull_ups, push, …'),
    maxwdir: count('Disk of a pilot, MB.'),
    maxinputsize: count('Input files of one job together, MB; -1 = not checked.'),
    maxtime: count('Life of a pilot, seconds; 0 = its own default.'),
    timefloor: count('Minutes during which a pilot may begin further jobs; 0 = one job.'),
    memkillgrace: count('Percent of the memory limit at which a job is ended.'),
    pledgedcpu: count('Promised cores; -1 = opportunistic.'),
    zip_time_gap: count('Seconds between two stage-outs of an event service job.'),
    container_type: text('Container program by user: apptainer:pilot;docker:wrapper.'),
    container_options: text('Options of the container program.'),
    cmtconfig: text('Platform.'),
    environ: text('NAME=value pairs exported before the payload.'),
    appdir: text('Where software is installed.'),
    is_cvmfs: flag('Whether CVMFS is mounted.'),
    use_pcache: flag('Whether pilots keep inputs in a cache of the site.'),
    allow_lan: flag('Whether inputs may be read from the own site.'),
    allow_wan: flag('Whether inputs may be read from other sites.'),
    direct_access_lan: flag('Read inputs of the own site in place instead of copying them.'),
    direct_access_wan: flag('Read inputs of other sites in place instead of copying them.'),
    pilotFactory: Type.Optional(pilotFactorySchema),
  },
  { additionalProperties: true },
);
export type QueueDocument = Static<typeof queueDocument>;
