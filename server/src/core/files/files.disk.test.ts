import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe } from 'vitest';
import { filesConformance } from '../../../../test/conformance/files.suite.ts';
import { testDatabase } from '../../../../test/support/database.ts';
import { silentLog } from '../log.ts';
import { createDiskStore } from './disk-store.ts';
import { createFiles } from './files.ts';

const db = await testDatabase();
const root = await mkdtemp(path.join(tmpdir(), 'orrery-files-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const store = createDiskStore({ folder: path.join(root, 'store') });
await store.start();
const files = createFiles({ db, log: silentLog, store });

describe('files on disk', () => {
  filesConformance(() => ({ db, files, store, folder: () => mkdtemp(path.join(root, 'folder-')) }));
});
