import { parseArgs } from 'node:util';
import { announce } from '../../server/src/cli/serve.ts';
import { loadConfig } from '../../server/src/core/config/index.ts';
import { createLog } from '../../server/src/core/log.ts';
import { startServer } from '../../server/src/server.ts';
import { example } from './example-service/index.ts';

/**
 * `orrery serve` with the example service alone, as a process of its own: benchmarks and kill tests start it with
 * the usual flags. Several on one data folder share its PostgreSQL.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    data: { type: 'string', default: './data' },
    'log-level': { type: 'string', default: 'warn' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const { config } = loadConfig({
  services: {},
  environment: process.env,
  file: '/dev/null',
  flags: {
    'http.port': values.port,
    'http.host': values.host,
    data: values.data,
    'log.level': values['log-level'],
    ...Object.fromEntries(
      values.set.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  },
});
const server = await startServer(config, createLog(config.log.level), { services: [example] });
announce(server.address, server.firstPassword);
