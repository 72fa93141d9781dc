// One process that runs tasks of an engine: node worker.mjs <engine> <connection string> <name> <seconds>
const [engine, connectionString, name, seconds] = process.argv.slice(2);
const say = (what, more = {}) => console.log(JSON.stringify({ at: Date.now(), name, what, ...more }));
const work = async () => {
  for (let second = 0; second < Number(seconds); second++)
    await new Promise((resolve) => setTimeout(resolve, 1000));
};

if (engine === 'graphile') {
  const { run } = await import('graphile-worker');
  const runner = await run({
    connectionString,
    concurrency: 1,
    noHandleSignals: true,
    pollInterval: 500,
    // As often as it can be had. That locks count as lost after 4 h only is written into its SQL.
    minResetLockedInterval: 1000,
    maxResetLockedInterval: 2000,
    taskList: {
      sleep: async (_, { job }) => {
        say('begins', { attempt: job.attempts });
        await work();
        say('ends', { attempt: job.attempts });
      },
    },
  });
  runner.events.on('job:complete', ({ error }) => say('completed', { error: error ? String(error) : null }));
  runner.events.on('job:success', () => say('success'));
} else {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({ connectionString, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 });
  boss.on('error', (error) => say('error', { error: String(error) }));
  await boss.start();
  await boss
    .createQueue('sleep', { heartbeatSeconds: 10, retryLimit: 5, retryDelay: 0, expireInSeconds: 300 })
    .catch(() => {});
  await boss.work(
    'sleep',
    { pollingIntervalSeconds: 0.5, includeMetadata: true, heartbeatRefreshSeconds: 3 },
    async ([job]) => {
      say('begins', { attempt: job.retryCount });
      job.signal.addEventListener('abort', () =>
        say('signal aborted', { reason: String(job.signal.reason) }),
      );
      await work();
      say('ends', { attempt: job.retryCount });
    },
  );
}
say('ready');
