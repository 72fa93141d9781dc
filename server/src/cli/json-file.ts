import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';

/** Reads a file with one JSON object; `-` is standard input. Throws `cli.file-unreadable`. */
export async function readJsonFile(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
  } catch (error) {
    throw unreadable(`${file}: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(`${file} holds no JSON object.`);
  }
  return value as Record<string, unknown>;
}

function unreadable(sentence: string): AppError {
  return new AppError('invalid', 'cli.file-unreadable', sentence, {
    next: 'Name a file that can be read and holds one JSON object.',
  });
}
