import { expect } from 'vitest';
import { type Clause, clause, type Group } from './clause.ts';
import { textOf } from './world.ts';

const nextYear = new Date().getUTCFullYear() + 1;
// Within a year of now, so that no limit of the server brings it forward.
const day = `${nextYear}-01-02`;
const compact = day.replaceAll('-', '');

const accepted: ReadonlyArray<readonly [written: string, meant: string, by: string]> = [
  [`${day}T10:11:12.345Z`, `${day}T10:11:12.345Z`, 'UWS 1.1 §2.2.1'],
  [`${day}T10:11:12Z`, `${day}T10:11:12.000Z`, 'UWS 1.1 §2.2.1'],
  [`${day}T10:11:12.345678Z`, `${day}T10:11:12.345Z`, 'pyvo'],
  [`${day}T10:11:12.000000Z`, `${day}T10:11:12.000Z`, 'pyvo'],
  [`${day}T10:11:12`, `${day}T10:11:12.000Z`, 'uws-client'],
  [`${day}T10:11:12.5`, `${day}T10:11:12.500Z`, 'uws-client'],
  [`${day}T10:11:12+02:00`, `${day}T08:11:12.000Z`, 'ISO 8601'],
  [`${day}T10:11:12-0130`, `${day}T11:41:12.000Z`, 'ISO 8601'],
  [`${day}T10:11`, `${day}T10:11:00.000Z`, 'ISO 8601'],
  [`${day} 10:11:12`, `${day}T10:11:12.000Z`, 'uws-validator'],
  [day, `${day}T00:00:00.000Z`, 'uws-validator'],
  [compact, `${day}T00:00:00.000Z`, 'uws-validator'],
  [`${compact}T101112Z`, `${day}T10:11:12.000Z`, 'ISO 8601'],
];

const refused = [
  'soon',
  '1767225600',
  `${nextYear}-13-01`,
  `${nextYear}-02-30T00:00:00Z`,
  `${day}T25:00:00Z`,
  `${day}T10:11:12 CET`,
  `${day}T10:11:12Zjunk`,
  `${day}'; drop table uws.job; --`,
];

function reads([written, meant, by]: (typeof accepted)[number], at: number): Clause {
  const name = written.replace(day, '2031-01-02').replace(compact, '20310102');
  const means = meant.replace(day, '2031-01-02');
  return clause(
    `1.3-i${String(at + 1).padStart(2, '0')}`,
    `The instant ${name} is read as ${means}`,
    by,
    async (world) => {
      const url = await world.create();
      const answer = await world.post(`${url}/destruction`, { DESTRUCTION: written });
      expect(answer.status, answer.text).toBe(303);
      expect(await world.read(`${url}/destruction`)).toBe(meant);
      expect(textOf(await world.document(url), 'destruction')).toBe(meant);
    },
  );
}

/** Dates and times, in and out. */
export const instants: Group = {
  title: 'Instants',
  file: 'instants.clauses.ts',
  clauses: [
    ...accepted.map(reads),
    clause('1.3-i20', 'Instants are written in UTC with T and Z', 'UWS 1.1 §2.2.1', async (world) => {
      const url = await world.create('NAME=x&PHASE=RUN');
      await world.ended(url);
      const job = await world.document(url);
      for (const name of ['creationTime', 'startTime', 'endTime', 'destruction']) {
        expect(textOf(job, name)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
      expect(textOf(job, 'creationTime') <= textOf(job, 'startTime')).toBe(true);
      expect(textOf(job, 'startTime') <= textOf(job, 'endTime')).toBe(true);
    }),
    clause(
      '1.3-i21',
      'What is no instant is refused with 400 in DESTRUCTION and AFTER, and changes nothing',
      'UWS 1.1 §2.2.3.3 (400: ours); uws-validator',
      async (world) => {
        const url = await world.create();
        const before = await world.read(url);
        for (const written of refused) {
          const set = await world.post(`${url}/destruction`, { DESTRUCTION: written });
          const listed = await world.ask(`/rest/hello?AFTER=${encodeURIComponent(written)}`);
          expect([written, set.status, listed.status]).toEqual([written, 400, 400]);
          expect(set.text).toContain('DESTRUCTION');
        }
        expect(await world.read(url)).toBe(before);
      },
    ),
  ],
};
