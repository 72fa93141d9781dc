// What docs/reference/panda-methods.md says of legacy methods beside the table of methods.
import type { V1Role } from '../server/src/panda/front/method.ts';

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
export const nothing = '–';

/** By name; a method without a note stands in the page as such, which test/rules/reference.test.ts refuses. */
export const legacyNotes: Readonly<Record<string, LegacyNote>> = {
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
