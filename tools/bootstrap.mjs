// Makes the checkout ready to run: `install` brings the packages of the lockfile, `web` builds the page.
// Runs on whatever Node the machine has; everything after it runs on the Node 24 of the lockfile.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Installs only when the lockfile is not the one that was installed last: no network is needed afterwards. */
function install() {
  const stamp = at('node_modules', '.orrery-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing the packages of package-lock.json (once) …\n');
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const result = spawnSync(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0)
    fail(
      'The packages could not be installed; the reason stands above. Without a network, copy node_modules from a machine that has one.',
    );
  writeFileSync(stamp, wanted);
}

function newest(folder) {
  if (!existsSync(folder)) return 0;
  const found = statSync(folder);
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(folder)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .reduce((latest, name) => Math.max(latest, newest(path.join(folder, name))), 0);
}

/** Builds the page when its sources are newer than the last build. */
function buildWeb() {
  const built = at('web', 'dist', 'index.html');
  const sources = Math.max(
    newest(at('web')),
    newest(at('contracts', 'src')),
    newest(at('package-lock.json')),
  );
  if (existsSync(built) && statSync(built).mtimeMs >= sources) return;
  process.stderr.write('Building the page …\n');
  const node = at('node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const result = spawnSync(
    existsSync(node) ? node : process.execPath,
    [at('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn', at('web')],
    { cwd: at('web'), stdio: ['ignore', 2, 2] },
  );
  if (result.status !== 0) fail('The page could not be built; the reason stands above.');
}

for (const step of process.argv.slice(2)) {
  if (step === 'install') install();
  else if (step === 'web') buildWeb();
  else fail(`bootstrap: there is no step "${step}"; the steps are install and web.`);
}
