import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { lookAt } from './checkout.ts';

const folder = await temporaryFolder('pilot3');
const data = path.join(folder, 'data');

/** A folder that looks like pilot3, and a Python that says what it is told to. */
async function aCheckout(name: string, options = '--nocvmfs'): Promise<string> {
  const checkout = path.join(folder, name);
  await mkdir(path.join(checkout, 'pilot/util'), { recursive: true });
  await writeFile(path.join(checkout, 'pilot.py'), `parser.add_argument("${options}")`);
  await writeFile(path.join(checkout, 'PILOTVERSION'), '3.99.0.1');
  await writeFile(path.join(checkout, 'pilot/util/default.cfg'), 'heartbeat: 1800\n');
  return checkout;
}

async function aPython(script: string): Promise<string> {
  const file = path.join(await temporaryFolder('python', folder), 'python');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const good = await aPython(`echo '["/venv/bin/python", "/venv", "/usr"]'`);

test('a checkout and a Python are found with what a run has to see of them', async () => {
  const checkout = await aCheckout('whole');
  expect(await lookAt({ folder: checkout, python: good }, data)).toEqual({
    pilot3: {
      folder: checkout,
      python: '/venv/bin/python',
      version: '3.99.0.1',
      readable: [checkout, '/venv'],
      config: 'heartbeat: 1800\n',
      knowsNoCvmfs: true,
      knowsBaseUrls: false,
    },
  });
  const other = await aCheckout('newer', '--baseurls');
  expect((await lookAt({ folder: other, python: good }, data)).pilot3).toMatchObject({
    knowsNoCvmfs: false,
    knowsBaseUrls: true,
  });
});

test('what is missing is told as a sentence that names the setting', async () => {
  const checkout = await aCheckout('there');
  expect((await lookAt({ python: good }, data)).trouble).toContain('panda.factory.pilot3.folder');
  const empty = await lookAt({ folder: path.join(folder, 'nowhere'), python: good }, data);
  expect(empty.trouble).toContain(`There is no pilot3 in ${folder}/nowhere`);
  const absent = await lookAt({ folder: checkout, python: '/no/python' }, data);
  expect(absent.trouble).toMatch(/"\/no\/python", panda\.factory\.pilot3\.python.*ENOENT/);
  const poor = await aPython(`echo "ModuleNotFoundError: No module named 'psutil'" >&2; exit 1`);
  expect((await lookAt({ folder: checkout, python: poor }, data)).trouble).toContain("'psutil'");
});

test('a checkout in the data folder is of no use, as no run sees it', async () => {
  await mkdir(data, { recursive: true });
  const checkout = await aCheckout('data/pilot3');
  expect((await lookAt({ folder: checkout, python: good }, data)).trouble).toContain(`${checkout} is in it`);
});
