import type { RecordedStep } from '../../conformance/crds/transcript.ts';
import type { Printed } from './session.ts';

type Judgement = (ours: Printed, recorded: RecordedStep) => string | null;

/** Where the server of the recordings had answers made up for it; what is asked of ours instead. */
const differing: Readonly<Record<string, Judgement>> = {
  get_server_info({ stdout }, recorded) {
    const [keys, contexts, files] = stdout.trim().split('\n');
    const [theirKeys, theirContexts] = recorded.stdout.trim().split('\n');
    return keys === theirKeys && contexts === theirContexts && Number(files) > 800 ? null : stdout;
  },
  get_file_info({ stdout }, recorded) {
    const [ours, theirs] = [stdout, recorded.stdout].map(
      (text) => JSON.parse(text.split('\n')[0] ?? '') as object,
    );
    const lacking = Object.keys(theirs ?? {}).filter((name) => !(name in (ours ?? {})));
    const [, short] = stdout.split('\n');
    const [, theirShort] = recorded.stdout.split('\n');
    return lacking.length === 0 && short === theirShort ? null : stdout;
  },
  // The parameters of a header have no order.
  list_dataset_headers({ stdout }, recorded) {
    const [ours, theirs] = [stdout, recorded.stdout].map(
      (text) => JSON.parse(text) as Record<string, Record<string, string>>,
    );
    return JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs)) ? null : stdout;
  },
  file_info_unknown: ({ stdout }) => (stdout === '{"nosuchfile.fits": "NOT FOUND"}\n' ? null : stdout),
  unknown_context: ({ stdout }) =>
    stdout.startsWith('["ServiceError", "CRDS jsonrpc failure \'get_mapping_names\' OtherError: ') &&
    stdout.includes('hst_9999.pmap')
      ? null
      : stdout,
  affected_datasets({ stdout }) {
    const [result, error] = stdout.trim().split('\n');
    const { affected_ids: ids, bestrefs_status: status } = JSON.parse(result ?? '') as Record<
      string,
      unknown
    >;
    const isRight = JSON.stringify([ids, status]) === '[["i9zf01010","i9zf02010"],0]';
    return isRight && error?.includes('No precomputed affected datasets results exist') === true
      ? null
      : stdout;
  },
  list_resolve: ({ stdout }) =>
    stdout === 'hst_0299.pmap\nhst_0300.pmap\nhst_0349.pmap\nhst_acs_biasfile_0270.rmap\n' ? null : stdout,
};

/** How a step is judged whose output cannot be that of the recording; undefined for all others. */
export function whatDiffers(step: string): Judgement | undefined {
  return Object.hasOwn(differing, step) ? differing[step] : undefined;
}

function sorted(headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {}) {
  return Object.entries(headers).map(([id, header]) => [id, Object.entries(header).sort()]);
}
