// The page docs/reference/panda-methods.md, made from the tables of methods; tools/reference.ts writes it.
import type { Parameter, Parameters } from '../server/src/panda/front/arguments.ts';
import type { V1Role } from '../server/src/panda/front/method.ts';
import { legacyMethods, v1Methods } from '../server/src/panda/methods.ts';
import { legacyNotes, nothing } from './panda-legacy-notes.ts';

/** Stands in the page where a note is missing. */
const undescribed = 'not described';

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
