import { stat, unlink } from 'node:fs/promises';
import { defineSchedule } from '../../core/schedule/index.ts';
import { deleteUpload, listStaleUploads, noteStored } from './storage-use.store.ts';

/** Longer than an upload may be silent, as the server sees it. */
const staleMinutes = 15;

/** Gives the room of uploads back whose server was killed, and removes what had come of them. */
export const storageSweepSchedule = defineSchedule({
  name: 'panda.storage-sweep',
  everySeconds: 300,
  catchUp: 'skip',
  maxSeconds: 120,
  async run({ db }, { signal }) {
    for (const upload of await listStaleUploads(db.sql, staleMinutes)) {
      if (signal.aborted) return;
      const isPart = await unlink(upload.part).then(
        () => true,
        () => false,
      );
      // Killed after the last byte: the file has its name already and was not counted.
      const whole = isPart ? null : await stat(upload.part.replace(/\.[^.]+\.part$/, '')).catch(() => null);
      if (whole === null) await deleteUpload(db.sql, upload.uploadId);
      else await db.transaction((tx) => noteStored(tx, upload, whole.size));
    }
  },
});
