// `npm run demo`: a server on a folder of its own with some work in it, to look around. Ctrl-C ends it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { fitsFile } from '../test/support/fits.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const token = randomBytes(24).toString('hex');
const server = spawn(
  process.execPath,
  ['server/bin/orrery.mjs', 'serve', '--data', 'data/demo', '--log-level', 'warn', ...process.argv.slice(2)],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ORRERY_ADMIN_TOKEN: token } },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 0));
server.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk);
  const address = /^Orrery is ready at (\S+)$/m.exec(chunk.toString())?.[1];
  if (address !== undefined) void fill(address);
});

/** Greets some names, leaves a job to a person, and summarises an image of a made-up field. */
async function fill(address: string): Promise<void> {
  const make = async (definition: string, fields: Record<string, string | Blob>): Promise<void> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const reply = await fetch(`${address}/rest/${definition}`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
    });
    if (reply.status !== 303) process.stderr.write(`${definition} was refused: ${await reply.text()}\n`);
  };
  for (const NAME of ['Mercury', 'Venus', 'Earth', 'Mars', 'Jupiter', 'Saturn']) {
    await make('hello', { NAME, RUNID: `greet-${NAME}`, PHASE: 'RUN' });
  }
  await make('hello', { NAME: 'Uranus', RUNID: 'waits-for-you' });
  await make('fits-summary', {
    image: new File([madeUpField()], 'made-up-field.fits', { type: 'image/fits' }),
    RUNID: 'made-up-field',
    PHASE: 'RUN',
  });
  await make('fits-summary', {
    image: new File(['no FITS at all'], 'broken.fits'),
    RUNID: 'broken-image',
    PHASE: 'RUN',
  });
  process.stderr.write(`\nThe demo's work is under ${address}/ui/services/jobs\n`);
}

function madeUpField(): Uint8Array<ArrayBuffer> {
  const spot = (x: number, y: number, cx: number, cy: number, width: number, height: number): number =>
    height * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width ** 2));
  const file = fitsFile({
    bitpix: -32,
    width: 640,
    height: 480,
    stored: (x, y) =>
      100 +
      ((x * 7919 + y * 104_729) % 23) +
      spot(x, y, 320, 240, 50, 900) +
      spot(x, y, 350, 220, 12, 2500) +
      spot(x, y, 120, 90, 3, 4000),
    cards: { TELESCOP: 'MADE-UP', FILTER: 'R', EXPTIME: 1200 },
  });
  return Uint8Array.from(file);
}
