import process from 'node:process';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `Orrery needs Node 24 or newer; this is ${process.versions.node}. Start it with "npm start" or "npx orrery".\n`,
  );
  process.exit(1);
}

const { runCommandLine } = await import('./cli/program.ts');
await runCommandLine(process.argv.slice(2));
