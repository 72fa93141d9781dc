import type { Command } from 'commander';
import type { OpenCore } from './open.ts';
import { registerAbort } from './uws-abort.ts';
import { registerDefine } from './uws-define.ts';
import { registerDelete } from './uws-delete.ts';
import { registerGet } from './uws-get.ts';
import { registerList } from './uws-list.ts';
import { registerRun } from './uws-run.ts';
import { registerShow } from './uws-show.ts';
import { registerWatch } from './uws-watch.ts';

const exits = `
Exit codes of the commands on jobs:
  0  done; with --wait and watch: the job is COMPLETED
  1  the job ended otherwise
  2  the command line is wrong, or a file it names
  3  no server there, or none that answers in time
  4  no token, or one that may not do this
  5  no such job, definition or result
  6  refused: a value is wrong, or the phase does not allow it
  7  the server cannot now
  8  a download is not what the server announced, or would have gone outside its folder`;

/** `orrery uws …`: jobs over HTTP on any server, definitions on the database of this installation. */
export function register(program: Command, open: OpenCore): void {
  const uws = program
    .command('uws')
    .description('Jobs of the UWS service, and its definitions.')
    .addHelpText('after', exits);
  for (const add of [
    registerRun,
    registerList,
    registerShow,
    registerWatch,
    registerGet,
    registerAbort,
    registerDelete,
  ])
    add(uws);
  registerDefine(uws, open);
}
