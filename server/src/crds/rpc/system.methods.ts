import { type RpcMethod, rpcMethod } from './method.ts';
import { sameObservatory } from './observatory-argument.ts';
import { observatoryName, orNull, text } from './parameters.ts';
import { quoted, rpcRefused } from './refused.ts';
import { sqliteFile } from './sqlite-file.ts';
import { systemVersions } from './system-versions.ts';

const since = { type: 'number of a message', read: (value: unknown) => value };

/** The catalogue as a whole, versions of calibration software, and messages of deliveries. */
export const systemMethods: readonly RpcMethod[] = [
  rpcMethod(
    'get_sqlite_db',
    'Catalogue and history as an SQLite 3 file: base64 of its zlib form.',
    { observatory: orNull(observatoryName) },
    async (call, { observatory }) => {
      sameObservatory(call, observatory);
      return await sqliteFile(call.core, call.observatory);
    },
  ),
  rpcMethod(
    'get_system_versions',
    'Versions of every calibration step that belong to a release.',
    { master_version: text('version'), context: orNull(text('context')) },
    (call, values) => systemVersions(call, values.master_version, values.context),
  ),
  rpcMethod(
    'jpoll_pull_messages',
    'Messages of a channel since one of them.',
    { key: text('channel key'), since_id: since },
    (_call, { key }) => {
      throw channelUnknown(key);
    },
  ),
  rpcMethod(
    'jpoll_abort',
    'Asks the process that writes to a channel to stop.',
    { key: text('channel key') },
    (_call, { key }) => {
      throw channelUnknown(key);
    },
  ),
];

/** Clients look for these words (crds 13.2.7: StatusChannelNotFoundError). */
function channelUnknown(key: string) {
  return rpcRefused(`Channel ${quoted(key)} not found.`);
}
