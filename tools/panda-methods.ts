// The page docs/reference/panda-methods.md, made from the tables of methods; tools/reference.ts writes it.
import type { Parameter, Parameters } from '../server/src/panda/front/arguments.ts';
import type { V1Role } from '../server/src/panda/front/method.ts';
import { legacyMethods, v1Methods } from '../server/src/panda/methods.ts';

/** What the table cannot say of a legacy method: its code reads the fields. */
interface LegacyNote {
  who: V1Role;
  fields: string;
  answer: string;
  /** The method of v1 that does the same. */
  v1?: string;
}

const report =
  'jobId, state, attemptNr, node, schedulerID, pilotID, batchID, startTime, endTime, xml, metaData, stdout, pilotLog, jobMetrics, jobSubStatus and the codes and figures of a report';
const nothing = '–';
/** Stands in the page where a note is missing. */
const undescribed = 'not described';

/** By name; a method without a note stands in the page as such, which test/rules/reference.test.ts refuses. */
const legacyNotes: Readonly<Record<string, LegacyNote>> = {
  isAlive: { who: 'public', fields: nothing, answer: '`alive=yes`', v1: 'system/is_alive' },
  getServer: { who: 'public', fields: nothing, answer: '`host:port`' },
  getAttr: { who: 'public', fields: 'any', answer: 'lines of text', v1: 'system/get_attributes' },
  getVomsAttr: { who: 'public', fields: nothing, answer: 'lines of text', v1: 'system/get_voms_attributes' },
  putFile: {
    who: 'secure',
    fields: 'file (multipart)',
    answer: '`True` or `ERROR…`',
    v1: 'file_server/upload_cache_file',
  },
  uploadLog: { who: 'secure', fields: 'file (multipart)', answer: 'URL', v1: 'file_server/upload_jedi_log' },
  updateLog: {
    who: 'secure',
    fields: 'file (multipart, zlib)',
    answer: '`True` or `ERROR…`',
    v1: 'file_server/update_jedi_log',
  },
  put_checkpoint: {
    who: 'secure',
    fields: 'file (multipart)',
    answer: 'JSON',
    v1: 'file_server/upload_hpo_checkpoint',
  },
  delete_checkpoint: {
    who: 'secure',
    fields: 'task_id, sub_id',
    answer: 'JSON',
    v1: 'file_server/delete_hpo_checkpoint',
  },
  touchFile: {
    who: 'secure',
    fields: 'filename',
    answer: '`True` or `False`',
    v1: 'file_server/touch_cache_file',
  },
  deleteFile: {
    who: 'secure',
    fields: 'file',
    answer: '`True`; the file goes by its age',
    v1: 'file_server/delete_cache_file',
  },
  fetchLog: {
    who: 'public',
    fields: 'logName, offset',
    answer: 'a blank, then the text',
    v1: 'file_server/download_jedi_log',
  },
  checkSandboxFile: {
    who: 'secure',
    fields: 'fileSize, checkSum',
    answer: '`FOUND:host:name` or `NOTFOUND`',
    v1: 'file_server/validate_cache_file',
  },
  insertSandboxFileInfo: {
    who: 'pilot',
    fields: 'userName, fileName, fileSize, checkSum',
    answer: '`OK` or `ERROR…`',
    v1: 'file_server/register_cache_file',
  },
  get_access_token: {
    who: 'pilot',
    fields: 'client_name, token_key',
    answer: 'Python literal: StatusCode, userProxy',
    v1: 'creds/get_access_token',
  },
  get_token_key: {
    who: 'pilot',
    fields: 'client_name',
    answer: 'StatusCode, tokenKey',
    v1: 'creds/get_token_key',
  },
  getKeyPair: {
    who: 'pilot',
    fields: 'publicKeyName, privateKeyName',
    answer: 'StatusCode, publicKey, privateKey',
    v1: 'creds/get_key_pair',
  },
  getProxy: { who: 'pilot', fields: 'role, dn', answer: 'StatusCode, userProxy', v1: 'creds/get_proxy' },
  set_user_secret: {
    who: 'secure',
    fields: 'key, value',
    answer: '`[bool, text]`',
    v1: 'creds/set_user_secrets',
  },
  get_user_secrets: {
    who: 'secure',
    fields: 'keys, get_json',
    answer: '`[bool, secrets]`',
    v1: 'creds/get_user_secrets',
  },
  getResourceTypes: {
    who: 'public',
    fields: nothing,
    answer: 'StatusCode, Returns, ResourceTypes',
    v1: 'metaconfig/get_resource_types',
  },
  get_ban_users: {
    who: 'secure',
    fields: nothing,
    answer: '`[bool, {name: false}]`',
    v1: 'metaconfig/get_banned_users',
  },
  getJobStatisticsPerSite: {
    who: 'public',
    fields: nothing,
    answer: 'pickle: queue → state → jobs',
    v1: 'statistics/active_job_stats_by_site',
  },
  get_job_statistics_per_site_label_resource: {
    who: 'public',
    fields: 'time_window (minutes)',
    answer: 'queue → label → resource type → state → jobs',
    v1: 'statistics/job_stats_by_site_share_and_resource_type',
  },
  updateWorkerPilotStatus: {
    who: 'pilot',
    fields: 'site, workerID, harvesterID, status, node_id',
    answer: 'StatusCode',
    v1: 'pilot/update_worker_status',
  },
  updateWorkers: {
    who: 'pilot',
    fields: 'harvesterID, workers (JSON)',
    answer: '`[true, [bool…]]`',
    v1: 'harvester/update_workers',
  },
  harvesterIsAlive: {
    who: 'pilot',
    fields: 'harvesterID, data (JSON)',
    answer: '`[true, "succeeded"]`, at first `"no instance record"`',
    v1: 'harvester/heartbeat',
  },
  addHarvesterDialogs: {
    who: 'pilot',
    fields: 'harvesterID, dialogs (JSON)',
    answer: '`[true, ""]`',
    v1: 'harvester/add_dialogs',
  },
  updateServiceMetrics: {
    who: 'pilot',
    fields: 'harvesterID, metrics (JSON)',
    answer: '`[true, [true]]`',
    v1: 'harvester/update_service_metrics',
  },
  reportWorkerStats_jobtype: {
    who: 'pilot',
    fields: 'harvesterID, siteName, paramsList (JSON)',
    answer: '`[true, "OK"]`',
    v1: 'harvester/report_worker_statistics',
  },
  sweepPQ: {
    who: 'production',
    fields: 'panda_queue, status_list, ce_list, submission_host_list (JSON each)',
    answer: '`[true, "OK"]`',
    v1: 'harvester/add_sweep_command',
  },
  setNumSlotsForWP: {
    who: 'production',
    fields: 'pandaQueueName, numSlots, gshare, resourceType, validPeriod (days)',
    answer: '`[code, text]`',
    v1: 'harvester/add_target_slots',
  },
  getWorkerStats: {
    who: 'public',
    fields: nothing,
    answer: 'queue → Harvester → job type → resource type → status → workers',
    v1: 'harvester/get_worker_statistics',
  },
  get_max_worker_id: {
    who: 'public',
    fields: 'harvester_id',
    answer: 'a bare number or null',
    v1: 'harvester/get_current_worker_id',
  },
  getCommands: {
    who: 'pilot',
    fields: 'harvester_id, n_commands',
    answer: 'StatusCode, Returns, Commands',
    v1: 'harvester/acquire_commands',
  },
  ackCommands: {
    who: 'pilot',
    fields: 'command_ids (JSON)',
    answer: 'StatusCode, Returns',
    v1: 'harvester/acknowledge_commands',
  },
  getEventRanges: {
    who: 'pilot',
    fields: 'pandaID, jobsetID, taskID, nRanges, scattered, segment_id',
    answer: 'StatusCode, eventRanges: none, no job has any',
    v1: 'event/acquire_event_ranges',
  },
  checkEventsAvailability: {
    who: 'pilot',
    fields: 'pandaID, jobsetID, taskID',
    answer: 'StatusCode, nEventRanges: 0',
    v1: 'event/get_available_event_range_count',
  },
  updateEventRange: {
    who: 'pilot',
    fields: 'eventRangeID, eventStatus, coreCount, cpuConsumptionTime, objstoreID',
    answer: 'StatusCode 30: unknown range',
    v1: 'event/update_single_event_range',
  },
  updateEventRanges: {
    who: 'pilot',
    fields: 'eventRanges (JSON), version',
    answer: 'StatusCode, Returns (false or null each), Command',
    v1: 'event/update_event_ranges',
  },
  get_events_status: {
    who: 'public',
    fields: 'ids (JSON)',
    answer: '`{}`',
    v1: 'event/get_event_range_statuses',
  },
  getJob: {
    who: 'pilot',
    fields:
      'siteName, prodSourceLabel, computingElement, node, mem, diskSpace, taskID, resourceType, jobType, prodUserID, harvester_id, worker_id, schedulerID, nJobs, background, getProxyKey, remaining_time, wait',
    answer: 'the job and StatusCode; with nJobs StatusCode, jobs. Without the role: label user, own jobs',
    v1: 'pilot/acquire_jobs',
  },
  updateJob: { who: 'pilot', fields: report, answer: 'StatusCode, command', v1: 'pilot/update_job' },
  updateJobsInBulk: {
    who: 'pilot',
    fields: 'jobList (JSON), harvester_id',
    answer: '`[true, [answer…]]`',
    v1: 'pilot/update_jobs_bulk',
  },
  getStatus: {
    who: 'secure',
    fields: 'ids',
    answer: 'form: status, attemptNr joined by +',
    v1: 'pilot/get_job_status',
  },
  checkJobStatus: { who: 'secure', fields: 'ids', answer: 'StatusCode, data: status and command each' },
  submitJobs: {
    who: 'secure',
    fields: 'jobs (pickle or JSON)',
    answer: 'pickle: (PandaID, jobDefinitionID, {jobsetID}) each, or `ERROR…`',
    v1: 'job/submit',
  },
  killJobs: {
    who: 'secure',
    fields: 'ids (pickle or JSON), code, killOpts (by commas), useMailAsID',
    answer: 'pickle: a truth value each',
    v1: 'job/kill',
  },
  reassignJobs: {
    who: 'secure',
    fields: 'ids (pickle or JSON)',
    answer: 'pickle: True',
    v1: 'job/reassign',
  },
  getJobStatus: {
    who: 'public',
    fields: 'ids (pickle or JSON), no_pickle',
    answer: 'pickle: a JobSpec or None each; as JSON lists of values, or dictionaries',
    v1: 'job/get_description',
  },
  getFullJobStatus: {
    who: 'secure',
    fields: 'ids (pickle or JSON)',
    answer: 'pickle: a JobSpec or None each',
    v1: 'job/get_description_incl_archive',
  },
  getUserJobMetadata: {
    who: 'public',
    fields: 'jediTaskID',
    answer: 'job → what its pilot reported',
    v1: 'job/get_metadata_for_analysis_jobs',
  },
  getScriptOfflineRunning: {
    who: 'public',
    fields: 'pandaID, days',
    answer: 'a shell script, or `ERROR…`',
    v1: 'job/generate_offline_execution_script',
  },
  setDebugMode: {
    who: 'secure',
    fields: 'pandaID, modeOn',
    answer: '`Succeeded` or what is wrong',
    v1: 'job/set_debug_mode',
  },
  send_command_to_job: {
    who: 'production',
    fields: 'panda_id, com',
    answer: '`[bool, text]`',
    v1: 'job/set_command',
  },
};

/** Methods of panda-server 1.0.3 by module; those without an entry in our table are listed as not served. */
const upstream: Readonly<Record<string, string>> = {
  async_process: 'submit_grep_request submit_sleep_echo_request get_result',
  creds: 'set_user_secrets get_user_secrets get_key_pair get_proxy get_access_token get_token_key',
  data_carousel: 'change_staging_destination change_staging_source force_to_staging retire_unused',
  event:
    'get_available_event_range_count get_event_range_statuses acquire_event_ranges update_single_event_range update_event_ranges',
  file_server:
    'upload_cache_file validate_cache_file touch_cache_file delete_cache_file register_cache_file upload_jedi_log update_jedi_log download_jedi_log upload_hpo_checkpoint delete_hpo_checkpoint upload_file_recovery_request upload_workflow_request upload_event_picking_request',
  harvester:
    'update_workers update_service_metrics add_dialogs heartbeat get_current_worker_id get_worker_statistics report_worker_statistics acquire_commands acknowledge_commands add_sweep_command add_target_slots',
  idds: 'relay_idds_command execute_idds_workflow_command',
  job: 'submit get_status get_description get_description_incl_archive generate_offline_execution_script get_metadata_for_analysis_jobs kill reassign set_command set_debug_mode',
  metaconfig: 'get_banned_users get_site_specs get_resource_types',
  pilot:
    'acquire_jobs get_job_status update_job update_jobs_bulk update_worker_status update_worker_node update_worker_node_gpu',
  statistics:
    'job_stats_by_cloud production_job_stats_by_cloud_and_processing_type active_job_stats_by_site active_job_detailed_stats_by_site job_stats_by_site_and_resource_type job_stats_by_site_share_and_resource_type',
  system: 'is_alive get_attributes get_voms_attributes get_user_attributes',
  task: 'submit retry kill finish pause resume avalanche release reassign reactivate reload_input increase_attempts kill_unfinished_jobs reassign_global_share change_priority change_attribute change_modification_time change_split_rule enable_jumbo_jobs get_jumbo_job_datasets enable_job_cloning disable_job_cloning get_status get_details get_detailed_info get_parent_detailed_info get_tasks_detailed_info_since get_tasks_modified_since get_task_parameters get_datasets_and_files get_job_ids get_job_descriptions',
  workflow: 'submit_workflow submit_workflow_raw_request',
};

const callers: Readonly<Record<V1Role, string>> = {
  public: 'anybody',
  secure: 'signed in',
  pilot: 'pilot',
  production: 'production',
};

/** `name: type`, with `= default` when it may be left out. */
function describe([name, parameter]: [string, Parameter]): string {
  const types = typeof parameter.type === 'string' ? [parameter.type] : parameter.type;
  const fallback = Object.hasOwn(parameter, 'fallback') ? ` = ${JSON.stringify(parameter.fallback)}` : '';
  return `${name}: ${types.join(' or ')}${fallback}`;
}

function argumentsOf(parameters: Parameters, takesAny: boolean): string {
  const known = Object.entries(parameters).map(describe);
  if (takesAny) return 'any';
  // The parameters of a report are those of many pilots; the page would be nothing else.
  if (known.length <= 24) return known.length === 0 ? nothing : known.join(', ');
  return `${known.slice(0, 6).join(', ')} and ${known.length - 6} more`;
}

function legacyRows(): string[] {
  const names = legacyMethods.map(({ name }) => name);
  const v1 = new Set(v1Methods.map(({ module, name }) => `${module}/${name}`));
  return names.toSorted().map((name) => {
    const note = legacyNotes[name];
    if (note === undefined) return `| \`${name}\` | ${undescribed} | | | |`;
    const twin = note.v1 !== undefined && v1.has(note.v1) ? `\`${note.v1}\`` : nothing;
    return `| \`${name}\` | ${callers[note.who]} | ${note.fields} | ${note.answer} | ${twin} |`;
  });
}

function v1Rows(): string[] {
  return v1Methods
    .toSorted((a, b) => `${a.module}/${a.name}`.localeCompare(`${b.module}/${b.name}`))
    .map(({ module, name, verb, role, parameters, anyArguments }) => {
      const taken = argumentsOf(parameters, anyArguments === true);
      return `| \`${module}/${name}\` | ${verb === 'any' ? 'GET, POST' : verb} | ${callers[role]} | ${taken} |`;
    });
}

function missingRows(): string[] {
  const served = new Set(v1Methods.map(({ module, name }) => `${module}/${name}`));
  return Object.entries(upstream).flatMap(([module, names]) => {
    const missing = names.split(' ').filter((name) => !served.has(`${module}/${name}`));
    return missing.length === 0 ? [] : [`| ${module} | ${missing.map((name) => `\`${name}\``).join(', ')} |`];
  });
}

export function pandaMethodsPage(note: string): string {
  return `${note}
# Methods of PanDA

Two front ends of one table. Legacy methods stand below \`/server/panda/\`, take GET and POST, a form, a query or JSON (gzip
with or without saying so), and answer with status 200 also when they refuse. Methods of v1 stand below
\`/api/v1/<module>/\` (and \`/api/latest/\`), take exactly the arguments named here, and answer
\`{"success", "message", "data"}\`. An unknown method is answered with 403 and \`ERROR : method … is forbidden\`.

Who may call: *signed in* is any account (else "SSL secure connection is required"); *pilot* is the role \`panda.pilot\` or
\`panda.production\`; *production* is \`panda.production\` (else "production or pilot role required"). Some methods look
closer: one's own jobs, the VO of the token.

What differs from panda-server 1.0.3:
- What is said of workers needs the role of a pilot, because it ends jobs of other people; there any certificate will do.
- Statistics of a server that has no jobs are an empty object and a success; there an empty object is a failure.
- Jobs are not counted by processing type: the numbers stand under \`all\`, and the message says so.
- A window of time of the statistics begins with the hour in which it lies.
- Sweep commands do not replace one another; nor do those for workers out of step.
- Jobs are described to their owners, to production roles of their VO and to operators; to others as jobs that there are
  not. There is one archive, which is always looked at, however old the job.
- A pickle may hold values, instants (datetime), jobs and files; nothing it names is imported or called.
- More than 5,000 jobs in one submission are refused, where the reference submits the first 5,000; of more than 5,500 that
  are asked for the first 5,500 are described, as there.
- A reassignment changes jobs of the caller and those that its production role covers; there anybody's.
- The data of \`event/acquire_event_ranges\` is \`{"StatusCode", "eventRanges"}\`, which Harvester reads; there a bare list.

## Legacy

| method | who | fields | answer | v1 |
|---|---|---|---|---|
${legacyRows().join('\n')}

## v1

| method | verb | who | arguments |
|---|---|---|---|
${v1Rows().join('\n')}

## Not served

Methods of panda-server 1.0.3 that are answered as unknown.

| module | methods |
|---|---|
${missingRows().join('\n')}
`;
}
