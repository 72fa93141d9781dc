import type { UwsJob, UwsResult } from '@orrery/contracts';
import { fitsCard, fitsData, fitsFile, fitsHeader } from '../support/fits.ts';
import { completedJob } from './fixtures.ts';

/** A field with a galaxy, some stars and noise; the same at every call. */
function field(x: number, y: number): number {
  const noise = ((x * 7919 + y * 104_729 + ((x * y) % 8191)) % 997) / 40;
  const galaxy = 4000 * Math.exp(-Math.hypot((x - 1000) / 2, y - 700) / 60);
  const stars = [
    [300, 300, 9000],
    [1600, 1100, 20_000],
    [1500, 250, 3000],
    [500, 1200, 6000],
  ].reduce(
    (sum, [sx = 0, sy = 0, flux = 0]) => sum + flux * Math.exp(-((x - sx) ** 2 + (y - sy) ** 2) / 60),
    0,
  );
  return 100 + noise + galaxy + stars;
}

const shape = { bitpix: -32, width: 2000, height: 1400, stored: field } as const;
const wcs = {
  TELESCOP: 'HST',
  INSTRUME: 'ACS',
  EXPTIME: 1200,
  BUNIT: 'ELECTRONS',
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 1000,
  CRPIX2: 700,
  CRVAL1: 53.1625,
  CRVAL2: -27.7914,
  CDELT1: -0.00001389,
  CDELT2: 0.00001389,
};

function tableHdu(rows: number): Buffer {
  const data = Buffer.alloc(Math.ceil((rows * 24) / 2880) * 2880);
  for (let row = 0; row < rows; row += 1) {
    data.writeInt32BE(row + 1, row * 24);
    data.writeDoubleBE(53.1 + row / 1e5, row * 24 + 4);
    data.writeFloatBE(1000 / (row + 1), row * 24 + 12);
    data.write(`star ${row}`.slice(0, 8), row * 24 + 16, 'latin1');
  }
  const cards: Array<[string, string | number, string?]> = [
    ['XTENSION', 'BINTABLE'],
    ['BITPIX', 8],
    ['NAXIS', 2],
    ['NAXIS1', 24],
    ['NAXIS2', rows],
    ['PCOUNT', 0],
    ['GCOUNT', 1],
    ['TFIELDS', 4],
    ['EXTNAME', 'SOURCES'],
    ['TTYPE1', 'ID', 'number of the source'],
    ['TFORM1', 'J'],
    ['TTYPE2', 'RA', 'right ascension'],
    ['TFORM2', 'D'],
    ['TUNIT2', 'deg'],
    ['TTYPE3', 'FLUX'],
    ['TFORM3', 'E'],
    ['TUNIT3', 'e-/s'],
    ['TTYPE4', 'NAME'],
    ['TFORM4', '8A'],
  ];
  return Buffer.concat([
    fitsHeader(cards.map(([key, value, comment]) => fitsCard(key, value, comment))),
    data,
  ]);
}

const compressedHdu = fitsHeader(
  Object.entries({
    XTENSION: 'BINTABLE',
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: 8,
    NAXIS2: 0,
    ZIMAGE: true,
    EXTNAME: 'DQ',
  }).map(([key, value]) => fitsCard(key, value)),
);

function cube(): Buffer {
  const cards = { SIMPLE: true, BITPIX: 16, NAXIS: 3, NAXIS1: 64, NAXIS2: 48, NAXIS3: 5, BUNIT: 'adu' };
  const planes = Array.from({ length: 5 }, (_, plane) =>
    fitsData({ bitpix: 16, width: 64, height: 48, stored: (x, y) => plane * 1000 + x * y }).subarray(
      0,
      64 * 48 * 2,
    ),
  );
  return Buffer.concat([
    fitsHeader(Object.entries(cards).map(([key, value]) => fitsCard(key, value))),
    ...planes,
  ]);
}

const votable = `<?xml version="1.0"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OVERFLOW"/>
<TABLE name="sources"><DESCRIPTION>Sources above 2.5 sigma</DESCRIPTION>
<FIELD name="id" datatype="int" ucd="meta.id;meta.main"/><FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra"><DESCRIPTION>Right ascension, ICRS</DESCRIPTION></FIELD>
<FIELD name="dec" datatype="double" unit="deg" ucd="pos.eq.dec"/><FIELD name="flux" datatype="float" unit="Jy"/><FIELD name="note" datatype="char" arraysize="*"/>
<DATA><TABLEDATA>${Array.from({ length: 1284 }, (_, n) => `<TR><TD>${n}</TD><TD>${53.1 + n / 1e4}</TD><TD>${-27.8 + n / 1e4}</TD><TD>${1 / (n + 1)}</TD><TD>&lt;b&gt;no bold&lt;/b&gt; ${n}</TD></TR>`).join('\n')}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`;

const csv = [
  'id,ra,dec,flux,note',
  ...Array.from(
    { length: 50_000 },
    (_, n) =>
      `${n + 1},${(53.1 + n / 1000).toFixed(5)},${(-27.8 + n / 2000).toFixed(5)},${(1284.5 / (n + 1)).toFixed(2)},"note, ${n}"`,
  ),
].join('\n');

/** What a hostile job would leave: if any of it ran, `window.top.hacked` or a call to `/hacked` would show it. */
const attack = `<script>top.hacked=1;fetch('/hacked')</script><img src="/hacked" onerror="top.hacked=1"><iframe src="/hacked"></iframe><form action="/hacked"><button>send</button></form>`;
const html = `<!doctype html><html><head><style>h1{color:teal}</style><meta http-equiv="refresh" content="0;url=/hacked"></head><body><h1>A report of the job</h1><p>Mean 412.7</p>${attack}</body></html>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120" onload="top.hacked=1"><script>top.hacked=1</script><image href="/hacked" width="10" height="10"/><rect x="10" y="10" width="280" height="100" fill="none" stroke="teal"/><text x="40" y="70">provenance</text></svg>`;

const pdf = (() => {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    '<</Length 44>>stream\nBT /F1 24 Tf 40 100 Td (Report) Tj ET        \nendstream',
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  let text = '%PDF-1.4\n';
  const places = objects.map((object, at) => {
    const place = text.length;
    text += `${at + 1} 0 obj${object}endobj\n`;
    return `${String(place).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  return `${text}xref\n0 6\n0000000000 65535 f \n${places.join('')}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${start}\n%%EOF`;
})();

const yaml = `# how it was run
job: bkg_sources
version: 4
parameters:
  - name: mesh
    value: 64
  - name: threshold
    value: 2.5
places:
  cluster: meso
  host: n0311
`;

const longLog = Array.from(
  { length: 60_000 },
  (_, line) => `2026-11-22T02:00:00Z line ${line} of a long text <b>not bold</b>`,
).join('\n');

const json = JSON.stringify({
  mean: 412.7,
  'key <b>': 'value </script>',
  sources: Array.from({ length: 200 }, (_, id) => ({ id, ra: 53 + id / 100, flags: ['ok', id % 2 === 0] })),
});

type Made = [name: string, fileName: string, mediaType: string, preview: UwsResult['preview'], bytes: Buffer];

const whole = fitsFile({ ...shape, cards: wcs });

const made: Made[] = [
  ['sub', 'image_sub.fits', 'image/fits', 'fits', Buffer.concat([whole, tableHdu(5000), compressedHdu])],
  ['cube', 'cube.fits', 'image/fits', 'fits', cube()],
  ['cut', 'cut_short.fits', 'image/fits', 'fits', whole.subarray(0, 3_000_000)],
  ['sources', 'sources.vot', 'application/x-votable+xml', 'votable', Buffer.from(votable)],
  ['catalogue', 'catalogue.csv', 'text/csv', 'table', Buffer.from(csv)],
  ['statistics', 'statistics.json', 'application/json', 'json', Buffer.from(json)],
  ['recipe', 'recipe.yaml', 'application/x-yaml', 'text', Buffer.from(yaml)],
  [
    'document',
    'job.xml',
    'text/xml',
    'text',
    Buffer.from(
      '<job id="1"><phase>COMPLETED</phase><results><result id="a">x &amp; y</result></results></job>',
    ),
  ],
  ['report', 'report.html', 'text/html', 'text', Buffer.from(html)],
  ['graph', 'provenance.svg', 'image/svg+xml', null, Buffer.from(svg)],
  ['paper', 'report.pdf', 'application/pdf', null, Buffer.from(pdf)],
  ['notes', 'notes.txt', 'text/plain', 'text', Buffer.from(longLog)],
  ['fake', 'fake.png', 'image/png', 'image', Buffer.from(attack)],
  [
    'model',
    'model.bin',
    'application/octet-stream',
    null,
    Buffer.from(Array.from({ length: 9000 }, (_, at) => (at * 37) % 256)),
  ],
  ['nothing', 'nothing.txt', 'text/plain', 'text', Buffer.alloc(0)],
];

/** The bytes by file name. */
export const previewFiles = new Map(made.map(([, fileName, type, , bytes]) => [fileName, { type, bytes }]));

const sha256 = '4f1d0c9ae27b93b07e4f1d0c9ae27b93b07e4f1d0c9ae27b93b07e4f1d0c9ae2';

/** A job with a result of every kind there is. */
export const previewJob: UwsJob = {
  ...completedJob,
  id: 'pr3v13w5',
  runId: 'every kind of result',
  results: made.map(([name, fileName, mediaType, preview, bytes]) => ({
    name,
    fileName,
    mediaType,
    sizeBytes: bytes.length,
    href: `/files/${fileName}`,
    downloadHref: `/files/${fileName}?download`,
    preview,
    sha256,
  })),
};

/** A job whose definition collected ten thousand files. */
export const manyResultsJob: UwsJob = {
  ...completedJob,
  id: 'm4nyr3s5',
  runId: 'ten thousand results',
  results: Array.from({ length: 10_000 }, (_, n) => ({
    ...(previewJob.results[13] as UwsResult),
    name: `tile-${n}`,
    fileName: n === 9000 ? 'notes.txt' : `tile_${n}.bin`,
    href: n === 9000 ? '/files/notes.txt' : '/files/model.bin',
    ...(n === 9000 ? { mediaType: 'text/plain' } : {}),
  })),
};

/** A finished job without results. */
export const emptyJob: UwsJob = { ...completedJob, id: 'n0r3su1t', results: [] };

/** A job whose result is gone from the server. */
export const goneJob: UwsJob = {
  ...completedJob,
  id: 'g0n3r3s1',
  results: previewJob.results
    .slice(3, 4)
    .map((result) => ({ ...result, href: '/files/gone', fileName: 'gone.vot' })),
};
