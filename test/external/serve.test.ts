import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { withDatabase } from '../support/global-setup.ts';
import { orrery, serve } from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const direct = process.env.ORRERY_TEST_DATABASE_URL;
const pooled = process.env.ORRERY_TEST_POOLED_URL;

test.skipIf(direct === undefined)(
  'a server starts on an empty external database, and commands work beside it',
  async () => {
    const { name, drop } = await createTestDatabase('template1');
    const folder = await temporaryFolder();
    const env = { ORRERY_DATABASE_URL: withDatabase(direct as string, name) };
    const server = await serve(['--port', '0', '--data', folder], env);
    expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
    const backup = await orrery(['backup', `${folder}/backup`, '--data', folder], { env });
    expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining('rows of') });
    expect(backup.stderr).toMatch(/100 %/);
    expect(await orrery(['restore', `${folder}/backup`, '--check'], { env })).toMatchObject({ code: 0 });
    expect(await server.stop()).toBe(0);
    await drop();
  },
  60_000,
);

test.skipIf(pooled === undefined)(
  'a server starts through a pooler when it has a direct address besides',
  async () => {
    const { name, drop } = await createTestDatabase('template1');
    const folder = await temporaryFolder();
    const server = await serve(['--port', '0', '--data', folder], {
      ORRERY_DATABASE_URL: withDatabase(pooled as string, name),
      ORRERY_DATABASE_DIRECT_URL: withDatabase(direct as string, name),
    });
    expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    await drop();
  },
  60_000,
);

test.skipIf(pooled === undefined)(
  'through a pooler alone it refuses to start and says which setting is missing',
  async () => {
    const { name, drop } = await createTestDatabase('template1');
    const folder = await temporaryFolder();
    const refused = await orrery(['serve', '--port', '0', '--data', folder], {
      env: { ORRERY_DATABASE_URL: withDatabase(pooled as string, name) },
    });
    expect(refused.stderr).toContain('ORRERY_DATABASE_DIRECT_URL');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    await drop();
  },
  60_000,
);
