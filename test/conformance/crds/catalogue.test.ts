import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAudit } from '../../../server/src/core/audit/index.ts';
import { badFilesOf, markBad } from '../../../server/src/crds/catalogue/bad-files.ts';
import type { NewFile } from '../../../server/src/crds/catalogue/file.ts';
import {
  addFiles,
  closureOf,
  contextsUsing,
  countFiles,
  listNames,
} from '../../../server/src/crds/catalogue/files.store.ts';
import { setContext } from '../../../server/src/crds/contexts/set-context.ts';
import { filesOf } from '../../../server/src/crds/rules/index.ts';
import { testDatabase } from '../../support/database.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface ContextCase {
  context: string;
  mapping_names?: string[];
  reference_names?: string[];
  n_mappings?: number;
  n_references?: number;
  mappings_sha1?: string;
  references_sha1?: string;
}

const suite = 'crds catalogue';
const mappings = new PublishedMappings(suite);
const cases = publishedCases<ContextCase>(suite, 'contexts.jsonl.gz') ?? [];
const observatories = ['hst', 'jwst', 'tobs'];

function digest(names: readonly string[]): string {
  return createHash('sha1').update(names.join('\n')).digest('hex');
}

function published(observatory: string): NewFile[] {
  return [...mappings.texts]
    .filter(([name]) => new RegExp(`^${observatory}[_.]`).test(name))
    .map(([name, text]) => ({ name, content: Buffer.from(text), uses: filesOf(mappings.read(name)) }));
}

describe.skipIf(cases.length === 0 || mappings.areMissing)(
  'all published contexts in one catalogue',
  async () => {
    const db = await testDatabase();
    const core = { db, audit: createAudit() };
    const actor = { name: 'alice' };

    beforeAll(async () => {
      for (const observatory of observatories) {
        await db.sql`insert into crds.observatory (observatory) values (${observatory})`;
        const files = published(observatory);
        const named = [...new Set(files.flatMap(({ uses = [] }) => uses))].map((name) => ({ name }));
        await db.transaction((tx) => addFiles(tx, observatory, [...files, ...named]));
      }
      await db.sql`analyze crds.file, crds.mapping_use`;
    }, 120_000);

    it('has every mapping, and every reference that rules name', async () => {
      expect(await countFiles(db.sql, 'hst', { extension: 'pmap' })).toBe(165);
      expect(await countFiles(db.sql, 'jwst', { extension: 'pmap' })).toBe(62);
      const names = await listNames(db.sql, 'hst', { kind: 'mapping' });
      expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(await listNames(db.sql, 'hst', { glob: 'hst_000[1-3].pmap' })).toEqual([
        'hst_0001.pmap',
        'hst_0002.pmap',
        'hst_0003.pmap',
      ]);
    });

    it('names the files of whole contexts as crds 13.2.7 does', async () => {
      const whole = cases.filter((item) => item.mapping_names !== undefined);
      expect(whole.length).toBe(8);
      for (const { context, mapping_names, reference_names } of whole) {
        expect(await closureOf(db.sql, observatoryOf(context), context)).toEqual({
          mappings: mapping_names,
          references: reference_names,
        });
      }
    });

    it('agrees in number and sum for every context', async () => {
      const counted = cases.filter((item) => item.mappings_sha1 !== undefined);
      expect(counted.length).toBeGreaterThan(200);
      for (const { context, n_mappings, n_references, mappings_sha1, references_sha1 } of counted) {
        const found = await closureOf(db.sql, observatoryOf(context), context);
        expect([context, found.mappings.length, found.references.length]).toEqual([
          context,
          n_mappings,
          n_references,
        ]);
        expect([context, digest(found.mappings), digest(found.references)]).toEqual([
          context,
          mappings_sha1,
          references_sha1,
        ]);
      }
    }, 60_000);

    it('finds the contexts that lead to a file as the other way round', async () => {
      const name = 'hst_acs_biasfile_0259.rmap';
      const users = await contextsUsing(db.sql, 'hst', name);
      expect(users).toContain('hst_0300.pmap');
      for (const context of ['hst_0300.pmap', 'hst_0349.pmap', 'hst_0042.pmap']) {
        const { mappings: reached } = await closureOf(db.sql, 'hst', context);
        expect([context, users.includes(context)]).toEqual([context, reached.includes(name)]);
      }
    });

    it('makes the largest context latest, and marks bad what uses a bad mapping', async () => {
      const set = await setContext(
        core,
        { observatory: 'hst', kind: 'latest', context: 'hst_0349.pmap', description: '' },
        actor,
      );
      expect(set).toMatchObject({ mappings: 123, references: 15_643, unknownReferences: 0 });
      expect(await countFiles(db.sql, 'hst', { states: ['operational'] })).toBe(123 + 15_643);
      const bad = 'hst_acs_biasfile_0259.rmap';
      const users = await contextsUsing(db.sql, 'hst', bad);
      await markBad(core, { observatory: 'hst', names: [bad], reason: 'a test' }, actor);
      const badNames = (await badFilesOf(db.sql, 'hst')).map(({ name }) => name);
      expect(badNames.filter((name) => name.endsWith('.pmap'))).toEqual(users);
    }, 60_000);
  },
);

function observatoryOf(context: string): string {
  return context.split(/[_.]/)[0] ?? '';
}
