// The page docs/reference/crds-methods.md, made from the table of methods; tools/reference.ts writes it.
import { mostArchiveIds, mostHeaders } from '../server/src/crds/rpc/limits.ts';
import { rpcMethods } from '../server/src/crds/rpc/methods.ts';

/** The page; `note` says that it is made by a program. */
export function crdsMethodsPage(note: string): string {
  const rows = [...rpcMethods.values()].map(({ name, summary, parameters }) => {
    const takes = Object.entries(parameters)
      .map(([parameter, { type }]) => `\`${parameter}\` (${type})`)
      .join(', ');
    return `| \`${name}\` | ${takes || '–'} | ${summary} |`;
  });
  return `${note}
# What clients of CRDS call

Every observatory has its base address, \`/crds/<observatory>\`; clients find the name in it:

\`\`\`
export CRDS_SERVER_URL=http://127.0.0.1:8080/crds/hst
\`\`\`

The observatory that \`crds.rootObservatory\` names is served at the root as well. With \`crds.public\`, the default, nobody needs
an identity; without it every call needs a token.

## Addresses below the base

| address | what |
|---|---|
| \`POST json/\` | JSON-RPC; what follows in the path (\`<method>/<id>/\`) is for the access log only |
| \`GET json/browse/\` | every method, with a form to try it |
| \`GET server_info.json\` | server info with an \`ETag\`, compressed for those who ask for it; at the root \`json/server_info.json\` |
| \`GET unchecked_get/mappings/<observatory>/<name>\` | a mapping; \`references\` likewise. With ranges, \`HEAD\` and \`ETag\` |
| \`GET unchecked_get/config/<observatory>/server_config\` | server info as a Python literal (for \`CRDS_CONFIG_URI\`); also \`bad_files.txt\` and \`ref_cache_subdir_mode\` |
| \`GET get/<name>\` | the same file, refused with 409 when it is marked bad |
| \`GET bundle/<context>.tar\`, \`.tar.gz\` | all mappings of a context in the layout of a client's cache, with \`?references=true\` all references too; \`get_archive/\` is another name of it |

A file of a submission that nobody has confirmed is not there for anybody.

## Calls

The body is JSON whatever its content type says: \`{"jsonrpc":"1.0","method":…,"params":[…] or {…},"id":…}\`. Arguments at the end
that may be null may be left out. A failure has status 200 as well; \`error.message\` says what is wrong, escaped for HTML. Results
above 128 KiB come compressed, as clients undo them: \`{"crds_encoded":"1.0","crds_payload":…}\`.

One call may have ${mostHeaders} headers or ids (\`get_aui_best_references\`: ${mostArchiveIds}) and 16 MiB; a header 20,000 parameters, a value 65,536
characters.

| method | takes | gives |
|---|---|---|
${rows.join('\n')}

The two methods of channels answer that there is none: channels belong to deliveries.
`;
}
