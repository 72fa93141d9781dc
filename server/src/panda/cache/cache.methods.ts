import type { Core } from '../../core/core.ts';
import { needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import { type LegacyMethod, refused, succeeded, type V1Method } from '../front/method.ts';
import { touchCacheFile } from './cache.store.ts';
import { removeCacheFile } from './cache.ts';
import { cacheName } from './cache-name.ts';
import { readLog } from './read-log.ts';
import { findSandbox, noteSandbox } from './sandboxes.ts';
import { uploadMethods } from './upload.routes.ts';
import { uploadTexts } from './upload-limits.ts';
import { checkpointName, ownerOf } from './uploads.ts';

/** A name that no file can have is one that is not there. */
async function touch(core: Core, fileName: string): Promise<boolean> {
  const name = cacheName(fileName);
  return name !== null && (await touchCacheFile(core.db.sql, name));
}

async function deleteCheckpoint(
  core: Core,
  caller: Caller,
  taskId: string,
  subId: string,
): Promise<string | null> {
  const name = checkpointName(taskId, subId);
  const isPossible = /^hpo_cp_\d+_\d+$/.test(name);
  const isGone = isPossible && (await removeCacheFile(core, name, ownerOf(caller)));
  return isGone
    ? null
    : `Failed to delete file due to [Errno 2] No such file or directory: '${name.slice(0, 100)}'`;
}

/** A POST of these goes to the routes of uploads; what gets here came by GET. */
const uploadsByGet: LegacyMethod[] = uploadMethods.map(({ legacy, legacyText }) => ({
  name: legacy,
  run: (_core, { isSecure }) => ({
    as: 'text',
    text: legacyText(refused(isSecure ? 'ERROR : expecting POST, received GET' : uploadTexts.notSecure)),
  }),
}));

export const cacheLegacy: readonly LegacyMethod[] = [
  ...uploadsByGet,
  {
    name: 'touchFile',
    async run(core, caller, fields) {
      const done = caller.isSecure && (await touch(core, fields.text('filename') ?? ''));
      return { as: 'text', text: done ? 'True' : 'False' };
    },
  },
  {
    // Another task may need the file still: it goes by its age (panda-server 1.0.3).
    name: 'deleteFile',
    run: (_core, { isSecure }) => ({ as: 'text', text: isSecure ? 'True' : uploadTexts.notSecure }),
  },
  {
    name: 'fetchLog',
    async run(core, _caller, fields) {
      const text = await readLog(core, fields.text('logName') ?? '', fields.integer('offset') ?? 0);
      return { as: 'text', text };
    },
  },
  {
    name: 'checkSandboxFile',
    async run(core, caller, fields) {
      if (!caller.isSecure) return { as: 'text', text: uploadTexts.notSecure };
      const size = fields.integer('fileSize') ?? -1;
      return { as: 'text', text: await findSandbox(core, caller, size, fields.text('checkSum') ?? '') };
    },
  },
  {
    name: 'insertSandboxFileInfo',
    async run(core, caller, fields) {
      if (!caller.isPilot) return { as: 'text', text: 'ERROR : production or pilot role required' };
      const text = await noteSandbox(core, caller, {
        owner: fields.text('userName') ?? '',
        name: fields.text('fileName') ?? '',
        sizeBytes: fields.integer('fileSize') ?? -1,
        checksum: fields.text('checkSum') ?? '',
      });
      return { as: 'text', text };
    },
  },
  {
    name: 'delete_checkpoint',
    async run(core, caller, fields) {
      const problem = caller.isSecure
        ? await deleteCheckpoint(core, caller, fields.text('task_id') ?? '', fields.text('sub_id') ?? '')
        : uploadTexts.notSecure;
      return { as: 'text', text: JSON.stringify({ status: problem === null, message: problem ?? '' }) };
    },
  },
];

const base = { module: 'file_server', verb: 'POST', role: 'secure' } as const;

const uploadsByOtherVerbs: V1Method[] = uploadMethods.map(({ v1, role }) => ({
  ...base,
  name: v1,
  role,
  parameters: { file: needed('any') },
  run: () => refused("Argument error: missing a required argument: 'file'"),
}));

export const cacheV1: readonly V1Method[] = [
  ...uploadsByOtherVerbs,
  {
    ...base,
    name: 'touch_cache_file',
    parameters: { file_name: needed('str') },
    async run(core, _caller, { file_name: name }) {
      if (await touch(core, String(name))) return succeeded();
      return refused(
        `Failed to touch file with: <class 'FileNotFoundError'> [Errno 2] No such file or directory: '${String(name).slice(0, 255)}'`,
      );
    },
  },
  {
    ...base,
    name: 'delete_cache_file',
    parameters: { file_name: needed('str') },
    run: () => succeeded(),
  },
  {
    ...base,
    name: 'register_cache_file',
    role: 'pilot',
    parameters: {
      user_name: needed('str'),
      file_name: needed('str'),
      file_size: needed('int'),
      checksum: needed('str'),
    },
    async run(core, caller, values) {
      const text = await noteSandbox(core, caller, {
        owner: String(values.user_name),
        name: String(values.file_name),
        sizeBytes: Number(values.file_size),
        checksum: String(values.checksum),
      });
      return text === 'OK' ? succeeded() : refused(text);
    },
  },
  {
    ...base,
    name: 'validate_cache_file',
    parameters: { file_size: needed('int'), checksum: needed('int', 'str') },
    async run(core, caller, { file_size: size, checksum }) {
      const text = await findSandbox(core, caller, Number(size), String(checksum));
      return text.startsWith('FOUND') ? succeeded(null, text) : refused(text);
    },
  },
  {
    module: 'file_server',
    name: 'download_jedi_log',
    verb: 'GET',
    role: 'public',
    parameters: { log_name: needed('str'), offset: optional('int', 0) },
    run: async (core, _caller, { log_name: name, offset }) => ({
      bare: await readLog(core, String(name), Number(offset)),
    }),
  },
  {
    ...base,
    name: 'delete_hpo_checkpoint',
    parameters: { task_id: needed('str', 'int'), sub_id: needed('str', 'int') },
    async run(core, caller, { task_id: taskId, sub_id: subId }) {
      const problem = await deleteCheckpoint(core, caller, String(taskId), String(subId));
      return problem === null ? succeeded() : refused(problem);
    },
  },
];
