import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';

/** What the server keeps of it. */
const maxChars = 2048;
const patienceMs = 10_000;

/**
 * What a heartbeat carries in debug mode: the path of the payload's output and its tail, or what the command that
 * somebody asked for prints. Nothing here goes through a shell, and no file outside of the job's folder is opened.
 */
export async function debugText(folder: string, command: string, pid: number | null): Promise<string> {
  const [program = '', ...words] = command.trim().split(/\s+/);
  switch (program) {
    case 'ls':
      return (await listing(folder, words.findLast((word) => !word.startsWith('-')) ?? '.')).slice(
        0,
        maxChars,
      );
    case 'ps':
      return run(
        'ps',
        words.length > 0 ? words : ['-o', 'pid,ppid,stat,etime,rss,args', '-g', String(pid ?? 0)],
        folder,
      );
    case 'du':
      return run('du', words.length > 0 ? words : ['-sk', '.'], folder);
    case 'tail':
      return tail(folder, words.findLast((word) => !word.startsWith('-')) ?? 'payload.stdout');
    case '':
      return tail(folder, 'payload.stdout');
    default:
      return `this pilot does not run "${program}"`;
  }
}

/** Null for a path that leads out of the folder. */
function within(folder: string, name: string): string | null {
  const file = path.resolve(folder, name);
  return file === folder || file.startsWith(`${folder}${path.sep}`) ? file : null;
}

async function listing(folder: string, name: string): Promise<string> {
  const file = within(folder, name);
  if (file === null) return `${name} is not in the folder of the job`;
  const items = await readdir(file, { withFileTypes: true }).catch((error: Error) => error.message);
  if (typeof items === 'string') return items;
  return items.map((item) => `${item.name}${item.isDirectory() ? '/' : ''}`).join('\n');
}

/** First line the path, then the end of the file. */
async function tail(folder: string, name: string): Promise<string> {
  const file = within(folder, name);
  if (file === null) return `${name} is not in the folder of the job`;
  // A pipe of the payload would hold up whoever opens it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return `${file}\n(there is no such file)`;
  try {
    const { size } = await handle.stat();
    const room = maxChars - file.length - 1;
    const from = Math.max(0, size - room);
    const part = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(part, 0, part.length, from);
    return `${file}\n${part.subarray(0, bytesRead).toString('utf8')}`.slice(0, maxChars);
  } finally {
    await handle.close();
  }
}

function run(program: string, words: string[], folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { cwd: folder, timeout: patienceMs, maxBuffer: 1024 * 1024 },
      (error, stdout, stderr) => {
        const text = `${stdout}${stderr}` || (error === null ? '' : error.message);
        resolve(text.slice(0, maxChars));
      },
    );
  });
}
