import type { CrdsContents, CrdsReferenceHeader } from '@orrery/contracts/crds';
import { expect, test } from 'vitest';
import { crdsScene, keepReference } from '../../../../test/support/crds-api.ts';
import { fitsCard, fitsHeader } from '../../../../test/support/fits.ts';
import { forgetObservatories } from '../observatory/observatory.ts';

const { core, ask, operator } = await crdsScene();
const base = 'observatories/tobs/files';

await keepReference(core, 'tobs', 'tobs_acs_pars_0001.json', Buffer.from('{\r\n  "a": 1\r\n}\r\n'));
await keepReference(
  core,
  'tobs',
  'tobs_acs_wcs_0001.asdf',
  Buffer.from('#ASDF 1.0.0\nroot: 1\n...\n\u00d3BLK\0\0'),
);
await keepReference(core, 'tobs', 'tobs_acs_empty_0001.json', Buffer.alloc(0));
await keepReference(
  core,
  'tobs',
  'tobs_acs_dark_0001.fits',
  Buffer.concat([
    fitsHeader([
      fitsCard('SIMPLE', true),
      fitsCard('BITPIX', 8),
      fitsCard('NAXIS', 1),
      fitsCard('NAXIS1', 100),
      fitsCard('USEAFTER', 'Mar 21 2001'),
    ]),
    Buffer.alloc(2880, 7),
    fitsHeader([
      fitsCard('XTENSION', 'IMAGE'),
      fitsCard('BITPIX', 8),
      fitsCard('NAXIS', 0),
      fitsCard('EXTNAME', 'ERR'),
    ]),
  ]),
);
await core.db.sql`
  update crds.file_proof set result = 'missing', found = 'is not at /secret/folder', wrong_since = clock_timestamp()
  where name = 'tobs_acs_pars_0001.json'`;
await core.db.sql`
  insert into crds.report (observatory, day, content)
  values ('tobs', '2031-01-01', '{"summary": "Well.", "lines": [{"name": "files", "state": "good", "message": "5 files"},
    {"name": "disk of the data folder", "state": "good", "message": "/secret"}], "figures": {}}')`;
forgetObservatories(core);

test('a reference that is text is shown line by line', async () => {
  const { body } = await ask(`${base}/tobs_acs_pars_0001.json/contents`);
  expect(body as CrdsContents).toEqual({
    from: 1,
    lines: ['{', '  "a": 1', '}'],
    totalLines: 3,
    links: [],
    header: [],
  });
  expect((await ask(`${base}/tobs_acs_pars_0001.json/contents?from=2&lines=1`)).body).toMatchObject({
    lines: ['  "a": 1'],
  });
  expect((await ask(`${base}/tobs_acs_empty_0001.json/contents`)).body).toMatchObject({
    lines: [],
    totalLines: 0,
  });
});

test('of an ASDF file the tree is shown, and not its arrays', async () => {
  const { body } = await ask(`${base}/tobs_acs_wcs_0001.asdf/contents`);
  expect(body).toMatchObject({ lines: ['#ASDF 1.0.0', 'root: 1', '...'] });
});

test('of a FITS file the headers are shown, unit by unit', async () => {
  const { body } = await ask(`${base}/tobs_acs_dark_0001.fits/header`);
  const { units, cut } = body as CrdsReferenceHeader;
  expect(cut).toBe(false);
  expect(units.map(({ name }) => name)).toEqual(['PRIMARY', 'ERR']);
  expect(units[0]?.cards).toContainEqual({ keyword: 'USEAFTER', value: 'Mar 21 2001', comment: '' });
});

test.each([
  ['tobs_acs_dark_0001.fits/contents', 409, 'crds.contents-binary'],
  ['tobs_acs_pars_0001.json/header', 409, 'crds.fits-invalid'],
  ['old_bia.fits/header', 409, 'crds.contents-elsewhere'],
  ['old_bia.fits/contents', 409, 'crds.contents-elsewhere'],
  ['nothing.fits/header', 404, 'crds.file-unknown'],
])('%s is refused', async (url, status, code) => {
  expect(await ask(`${base}/${url}`)).toMatchObject({ status, body: { code } });
});

test('what tells of folders of the machine is shown to operators only', async () => {
  const urls = [
    `${base}/tobs_acs_pars_0001.json`,
    'observatories/tobs/scrub/problems',
    'observatories/tobs/report',
    'observatories/tobs/activity',
  ];
  for (const url of urls) {
    expect(JSON.stringify((await ask(url)).body)).not.toContain('/secret');
    if (url.endsWith('activity')) continue;
    expect(JSON.stringify((await ask(url, { who: operator })).body)).toContain('/secret');
  }
});
