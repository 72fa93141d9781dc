// node stall.mjs <socket folder> <password> <graphile|boss> <stop|kill>
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const [socketDir, password, engine, how] = process.argv.slice(2);
const database = `stall_${engine}_${how}_${process.pid}`;
const config = { host: socketDir, user: 'orrery', password };
const admin = new pg.Client({ ...config, database: 'orrery' });
await admin.connect();
await admin.query(`create database ${database}`);
const url = `postgres://orrery:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(socketDir)}`;
const begun = Date.now();
const lines = [];

function start(name) {
  const child = spawn(process.execPath, ['worker.mjs', engine, url, name, '40'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter((part) => part.startsWith('{'))) {
      const entry = JSON.parse(line);
      lines.push(entry);
      console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s`, line);
    }
  });
  return child;
}
async function until(check, seconds) {
  const deadline = Date.now() + seconds * 1000;
  while (!lines.some(check) && Date.now() < deadline) await sleep(50);
}
const note = (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s`, text);

const client = new pg.Client({ ...config, database });
const a = start('A');
await until((line) => line.what === 'ready', 20);
await client.connect();
if (engine === 'graphile') await client.query("select graphile_worker.add_job('sleep', '{}')");
else {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  await boss.send('sleep', {});
  await boss.stop();
}
await until((line) => line.what === 'begins', 20);
const b = start('B');
await until((line) => line.name === 'B' && line.what === 'ready', 20);
await sleep(2000);
a.kill(how === 'stop' ? 'SIGSTOP' : 'SIGKILL');
note(`A gets ${how === 'stop' ? 'SIGSTOP' : 'SIGKILL'}`);
await sleep(30_000);
if (how === 'stop') {
  a.kill('SIGCONT');
  note('A gets SIGCONT');
}
for (let look = 0; look < 7; look++) {
  await sleep(10_000);
  const state =
    engine === 'graphile'
      ? await client.query(
          'select id, attempts, locked_at is not null as locked from graphile_worker._private_jobs',
        )
      : await client.query("select state, retry_count from pgboss.job where name = 'sleep'");
  note(`database: ${JSON.stringify(state.rows)}`);
  if (lines.some((line) => line.name === 'B' && line.what === 'ends')) break;
}
a.kill('SIGKILL');
b.kill('SIGKILL');
await client.end();
await admin.query(`drop database ${database} with (force)`);
await admin.end();
