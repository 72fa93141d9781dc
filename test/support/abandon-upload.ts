/**
 * Begins an upload and waits to be killed. Started by the file store's suite as a process of its own with the
 * store's options as JSON: `node abandon-upload.ts disk '{"folder":"…"}'`.
 */
import { createDiskStore, createS3Store } from '../../server/src/core/files/index.ts';

const [kind, options = '{}'] = process.argv.slice(2);
const store = kind === 'disk' ? createDiskStore(JSON.parse(options)) : createS3Store(JSON.parse(options));
const writer = await store.begin('shared');
await writer.write(Buffer.alloc(6 * 1024 ** 2));
process.stdout.write('begun\n');
setInterval(() => {}, 1000);
