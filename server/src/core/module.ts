import type { TObject } from 'typebox';
import type { Identity } from './auth/index.ts';
import type { Config } from './config/index.ts';
import type { Core } from './core.ts';
import type { Sql } from './db/index.ts';
import type { Event } from './events/index.ts';
import type { App, ErrorStyle } from './http/index.ts';
import type { TaskDefinition } from './queue/index.ts';
import type { ScheduleDefinition } from './schedule/index.ts';

/** Registers routes; each names its permission, its error style and the family it is counted under. */
export type Routes = (app: App, core: Core) => void | Promise<void>;

/** Which roles hold a permission. `admin` holds every one and is not listed. */
export interface PermissionRule {
  roles: readonly string[];
  /** What a scope of these roles names (a definition, a VO, an observatory); absent when scopes mean nothing here. */
  scope?: string;
  /** True when the operator has opened this to callers without an identity. */
  anonymous?: (core: Core) => boolean;
}

/** How long rows of a table are kept; the retention schedule deletes the older ones in batches. */
export interface RetentionRule {
  table: string;
  /** `timestamptz` column that the age is taken from. */
  column: string;
  /** Default number of days; `null` = for ever. The operator changes it under `retention` in the settings. */
  days: number | null;
  /** What is kept there, for the page. */
  what: string;
  /** Partitioned by day or by id range: old partitions are dropped instead of deleting rows. */
  partitioned?: 'day';
}

/** How a table goes into a backup. Every table needs a rule. */
export interface BackupRule {
  table: string;
  /** `rows` = copied; `skip` = made anew (leases, sessions, measurements). */
  how: 'rows' | 'skip';
}

/** One object that is past its deadline. */
export interface OverdueRow {
  kind: string;
  id: string;
  name: string;
  /** Address of its page below `/ui`. */
  href: string;
  why: string;
  since: Date;
  deadline: Date;
  /** Who or what has to take the next step. */
  owner: string;
  nextStep: string;
  /** The button that mends it: a POST to our own API. */
  act?: { label: string; href: string };
}

export interface OverdueQuery {
  /**
   * At most `limit` objects, longest overdue first, and how many there are in all. With `account` only what belongs
   * to it: that is what callers see who are no operators. `config` for limits that are settings.
   */
  find(
    sql: Sql,
    now: Date,
    limit: number,
    account?: string,
    config?: Config,
  ): Promise<{ total: number; rows: OverdueRow[] }>;
  /** How many objects that are not final are watched, and the next deadline among them; `account` as above. */
  watched(
    sql: Sql,
    now: Date,
    account?: string,
    config?: Config,
  ): Promise<{ count: number; nextDeadline: Date | null }>;
}

/** Figures of one line of the throughput panel. */
export interface ThroughputLine {
  label: string;
  done: number;
  failed: number;
  waiting: number;
  oldestWaitingSeconds: number | null;
  /** Finished per hour over the last 24 hours, oldest first. */
  spark: number[];
}

export interface HealthCheck {
  name: string;
  check(core: Core): Promise<{ state: 'good' | 'partial' | 'bad'; message: string; next?: string }>;
}

/** An object found for the command palette. */
export interface FoundObject {
  kind: string;
  id: string;
  title: string;
  href: string;
  note?: string;
}

/**
 * A service: everything the composed program needs to know of it. Making one has no effect; nothing happens
 * at import time. `test/support/example-service` is the smallest complete one.
 */
export interface ServiceModule {
  name: string;
  /** As people call it. */
  title: string;
  /** Folder of numbered SQL files; the PostgreSQL schema has the module's name. */
  migrations: URL;
  /** Its section of the settings. */
  settings?: TObject;
  permissions: Record<string, PermissionRule>;
  /** Addresses that belong to this service (`/rest`, `/api/uws`), for the start-up check of the route table. */
  addresses: readonly string[];
  /** How unknown paths below an address are answered; without an entry as our own JSON error. */
  unknownPaths?: Readonly<Record<string, ErrorStyle>>;
  routes: readonly Routes[];
  tasks: readonly TaskDefinition[];
  schedules: readonly ScheduleDefinition[];
  retention: readonly RetentionRule[];
  backup: readonly BackupRule[];
  overdue?: OverdueQuery;
  health?: readonly HealthCheck[];
  throughput?: (sql: Sql, now: Date) => Promise<ThroughputLine[]>;
  /** What `identity` searches for in the command palette, and may open. */
  find?: (core: Core, query: string, limit: number, identity: Identity) => Promise<FoundObject[]>;
  /**
   * Whether a caller who is no operator may follow this event; asked for topics that begin with the name of the
   * module and a dot. Without it, and for every other topic, only operators are sent anything.
   */
  mayFollow?: (identity: Identity, event: Event) => boolean;
  /** First rows of a new database; runs on every start, in one transaction, and must do nothing the second time. */
  seed?: (core: Core) => Promise<void>;
  /** Starts what lives as long as the process (a dispatcher); returns how to stop it. */
  start?: (core: Core) => Promise<{ stop(): Promise<void> }>;
}
