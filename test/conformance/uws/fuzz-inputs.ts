import { uwsPhases } from '@orrery/contracts/uws';
import fc from 'fast-check';

/** Words that mean something here or to something below. */
const words = [
  'PHASE', 'phase', 'RUN', 'ABORT', 'ACTION', 'DELETE', 'RUNID', 'EXECUTIONDURATION', 'DESTRUCTION', 'WAIT', 'LAST',
  'AFTER', 'VALUE', 'NAME', 'SECONDS_TO_WAIT', 'needed', 'count', 'ratio', 'flag', 'mode', 'link', 'image', 'images', 'text',
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'PATH', 'LD_PRELOAD', 'a[b][c]', 'a[]', '[', ']', '',
  'param:image', 'param:', '../../etc/passwd', 'null', 'undefined', 'NaN', '-1', '0', '1e400', '99999999999999999999',
  "'; drop table uws.job; --", '$(id)', '\0', '\u0000\ufffd', '\ud800', '\u202e', '\ufeff', '%', '%00', '%zz', '+', '&', ';', '=',
  ...uwsPhases,
]; // biome-ignore format: a table

const awkward = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ minLength: 1, maxLength: 3 }).map((text) => text.repeat(3000)),
  fc.integer().map(String),
  fc.double().map(String),
);

/** One text of a form, a header or an address: a known word, noise, or something long. */
export const text = awkward;

/** `name=value&…`, encoded well, badly or not at all. */
export const urlForm = fc
  .array(fc.tuple(awkward, awkward, fc.constantFrom('good', 'raw', 'broken')), { maxLength: 12 })
  .map((pairs) =>
    pairs
      .map(([name, value, how]) => {
        if (how === 'raw') return `${name}=${value}`;
        const encoded = new URLSearchParams([[name, value]]).toString();
        return how === 'good' ? encoded : encoded.replace(/%(.)./, '%$1');
      })
      .join('&'),
  );

export const contentType = fc.oneof(
  fc.constantFrom(
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-16',
    'application/x-www-form-urlencoded; charset=nonsense',
    'application/json',
    'text/plain',
    'text/xml; charset="',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=x; boundary=y',
    'multipart/mixed; boundary=x',
    '/',
    ';',
    'a/b;c',
  ),
  fc.string({ maxLength: 30 }).map((value) => value.replace(/[\r\n\0]/g, '')),
);

const partHeader = fc.oneof(
  awkward.map((name) => `Content-Disposition: form-data; name="${name}"`),
  fc
    .tuple(awkward, awkward)
    .map(([name, file]) => `Content-Disposition: form-data; name="${name}"; filename="${file}"`),
  awkward.map(
    (file) =>
      `Content-Disposition: form-data; name="image"; filename*=UTF-8''${encodeURIComponent(file.toWellFormed())}`,
  ),
  fc.constantFrom(
    'Content-Disposition: form-data',
    'Content-Disposition: attachment; filename="x"',
    'Content-Disposition: form-data; name=image; filename=',
    'Content-Type: text/plain; charset=utf-16',
    'Content-Type: multipart/mixed; boundary=inner',
    'Content-Transfer-Encoding: base64',
    'Content-Length: -5',
    ': empty',
    'no colon at all',
  ),
);

/** A multipart body and its content type: whole, cut, with another boundary, or with parts that are none. */
export const multipart = fc
  .record({
    boundary: fc.constantFrom('x', 'a b', '----WebKitFormBoundary7', 'x'.repeat(70), 'x'.repeat(200)),
    told: fc.constantFrom('same', 'quoted', 'other', 'none'),
    parts: fc.array(fc.tuple(fc.array(partHeader, { minLength: 0, maxLength: 3 }), awkward), {
      maxLength: 6,
    }),
    many: fc.constantFrom(1, 1, 1, 300),
    end: fc.constantFrom('--', '', '-', '--\r\nepilogue'),
    lines: fc.constantFrom('\r\n', '\r\n', '\n'),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
  })
  .map(({ boundary, told, parts, many, end, lines, cut }) => {
    const one = parts.map(
      ([headers, body]) => `--${boundary}${lines}${headers.join(lines)}${lines}${lines}${body}${lines}`,
    );
    const whole = `${one.join('').repeat(many)}--${boundary}${end}`;
    const body = cut === null ? whole : whole.slice(0, Math.floor(whole.length * cut));
    const names = {
      same: `; boundary=${boundary}`,
      quoted: `; boundary="${boundary}"`,
      other: '; boundary=other',
      none: '',
    };
    return { body: Buffer.from(body.slice(0, 200_000), 'utf8'), type: `multipart/form-data${names[told]}` };
  });

const day = fc
  .date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') })
  .map((date) => date.toISOString());

/** Instants and what looks like one. */
export const instant = fc.oneof(
  day,
  fc.tuple(day, fc.nat(30), awkward).map(([date, at, noise]) => date.slice(0, at) + noise + date.slice(at)),
  fc.tuple(fc.integer(), fc.integer(), fc.integer()).map((parts) => parts.join('-')),
  fc.constantFrom(
    '+275760-09-13',
    '-000001-01-01T00:00:00Z',
    '24:00',
    '2026-11-22T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-W10',
  ),
  awkward,
);

/** A segment of an address, as it stands in the request line. */
export const segment = fc.oneof(
  fc.constantFrom(
    '.', '..', '%2e%2e', '%2f', '%5c', '..%2f..%2fetc%2fpasswd', '%00', 'a%00b', '%', '%zz', '%c0%af', '%ff', '*', ':id', '',
    'async', 'sync', 'capabilities', 'phase', 'results', 'parameters', '__proto__', "'", '"', '<', '%3cscript%3e', 'hello;x=1',
    '%e2%80%ae', '~', '@', 'x'.repeat(500), 'x'.repeat(2000),
  ), // biome-ignore format: a table
  fc.string({ maxLength: 12 }).map((value) => encodeURIComponent(value.toWellFormed())),
  fc.string({ maxLength: 12 }).map((value) => value.replace(/[\s\0-\x1f\x7f]/g, '')),
);

const headerName = fc.constantFrom(
  'Accept', 'Range', 'If-None-Match', 'If-Range', 'Content-Type', 'Accept-Encoding', 'Accept-Language', 'Origin', 'Cookie',
  'X-Forwarded-Host', 'X-Requested-With', 'Content-Encoding', 'Transfer-Encoding', 'Expect', 'Sec-Fetch-Dest', 'Forwarded',
); // biome-ignore format: a table

const headerValue = fc.oneof(
  fc.constantFrom(
    '*/*', 'text/html', 'application/json', 'application/json;q=nonsense', ',,,;;;', 'bytes=0-', 'bytes=-', 'bytes=5-2',
    'bytes=0-0,1-1,2-2', `bytes=${'9'.repeat(50)}-`, 'bytes=-0', '"', 'W/"x"', '*', 'gzip', 'br', 'identity', 'deflate, gzip',
    'chunked', '100-continue', 'null', 'https://evil.example', 'orrery_session=x', 'document', '\u00ff',
  ), // biome-ignore format: a table
  fc.string({ maxLength: 40 }).map((value) => value.replace(/[\r\n\0]/g, '')),
);

export const headers = fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 });
