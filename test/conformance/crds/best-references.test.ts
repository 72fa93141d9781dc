import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  BestReferencesError,
  bestReferences,
  Context,
  explain,
  RuleCache,
} from '../../../server/src/crds/rules/index.ts';
import { PublishedMappings } from './mappings.ts';
import { publishedCases } from './published.ts';

interface BestReferencesCase {
  id: string;
  context: string;
  header: Record<string, unknown>;
  reftypes: string[] | null;
  /** Answers by type, or why the call failed as a whole. */
  expected: Record<string, Answer>;
}

const mappings = new PublishedMappings('crds best references');
const source = { read: mappings.read, hashOf: (name: string) => name };
const cache = new RuleCache();

async function answersOf(context: Context, { header, reftypes }: BestReferencesCase): Promise<unknown> {
  try {
    await context.load(context.instrumentOf(header));
    // As JSON, like the client gets it.
    return JSON.parse(JSON.stringify(bestReferences(context, header, reftypes)));
  } catch (error) {
    if (error instanceof BestReferencesError) return { error: true };
    throw error;
  }
}

function wantedOf({ expected }: BestReferencesCase): unknown {
  return 'error' in expected ? { error: true } : expected;
}

for (const [kind, least] of [
  ['real', 9000],
  ['synthetic', 3000],
] as const) {
  const cases = publishedCases<BestReferencesCase>('crds best references', `bestrefs-${kind}.jsonl.gz`) ?? [];

  describe.skipIf(cases.length === 0 || mappings.areMissing)(
    `best references of ${kind} headers are those of crds 13.2.7`,
    () => {
      it('gives the same names, lists, objects and texts, and fails where it fails', async () => {
        const contexts = new Map<string, Context>();
        const wrong: unknown[] = [];
        for (const item of cases) {
          const context = contexts.get(item.context) ?? (await Context.open(item.context, source, cache));
          contexts.set(item.context, context);
          const got = await answersOf(context, item);
          const wanted = wantedOf(item);
          if (!isDeepStrictEqual(got, wanted)) wrong.push({ id: item.id, got, wanted });
        }
        expect(cases.length).toBeGreaterThan(least);
        expect(wrong).toEqual([]);
      });

      it('explains the answers that it gives', async () => {
        let explained = 0;
        for (const item of cases.filter((_, index) => index % 10 === 0)) {
          const context = await Context.open(item.context, source, cache);
          if ('error' in item.expected) continue;
          await context.load(context.instrumentOf(item.header));
          for (const type of item.reftypes ?? Object.keys(item.expected)) {
            const { answer, steps } = explain(context, item.header, type);
            const shown = JSON.parse(JSON.stringify(answer));
            expect([item.id, type, shown]).toEqual([
              item.id,
              type,
              item.expected[type.toLowerCase()] ?? null,
            ]);
            expect(steps.length).toBeGreaterThan(0);
            explained++;
          }
        }
        expect(explained).toBeGreaterThan(200);
      });
    },
  );
}
