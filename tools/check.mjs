// `npm test`: format and lint, types, then the tests (unit, route, conformance and rule tests on the embedded database).
// Every step runs, and the first failure decides the exit code.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const more = process.argv.slice(2);

const steps = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['-b']],
  ['tests', bin('vitest'), ['run', ...more]],
];

let status = 0;
for (const [title, program, args] of more.length > 0 ? steps.slice(-1) : steps) {
  process.stdout.write(`\n== ${title}\n`);
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    process.stdout.write(`== ${title}: failed\n`);
    status ||= result.status ?? 1;
  }
}
process.exitCode = status;
