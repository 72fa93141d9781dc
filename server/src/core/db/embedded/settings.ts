import { totalmem } from 'node:os';

/** The settings of the embedded server, in one place. Reasons: docs/explanation/embedded-postgresql.md. */
export function postgresSettings(socketDir: string): Record<string, string> {
  const smallMachine = totalmem() < 4 * 1024 ** 3;
  return {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: smallMachine ? '128MB' : '256MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    wal_compression: 'on',
    jit: 'off',
    max_parallel_workers_per_gather: '0', // /dev/shm is small in containers
    autovacuum_naptime: '10s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    idle_in_transaction_session_timeout: '60s',
    log_checkpoints: 'off',
    log_min_messages: 'warning',
  };
}
