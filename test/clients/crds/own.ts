import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Printed, Session } from './session.ts';

/** What the client does beyond the recordings; each says what was wrong, or null. */
export interface OwnStep {
  step: string;
  args: readonly string[];
  env?(session: Session): Readonly<Record<string, string>>;
  /** Cache to use; that of the recorded steps unless it says another. */
  cache?: string;
  before?(session: Session, cache: string): Promise<void>;
  isRight(printed: Printed): boolean;
}

const recommend =
  "import json,crds; H={'INSTRUME':'ACS','DETECTOR':'WFC','CCDAMP':'ABCD','CCDGAIN':'2.0','DATE-OBS':'2012-02-20'," +
  "'TIME-OBS':'17:32:29','FILTER1':'CLEAR1L','FILTER2':'F814W','OBSTYPE':'IMAGING','APERTURE':'WFC1'};" +
  " print(json.dumps(crds.getrecommendations(H, reftypes=['biasfile','ccdtab'], observatory='hst', context='hst_0300.pmap'), sort_keys=True))";
const recommended = '{"biasfile": "w9b1552gj_bia.fits", "ccdtab": "uc82140bj_ccd.fits"}\n';

export const ownSteps: readonly OwnStep[] = [
  {
    step: 'uses',
    args: ['-m', 'crds.uses', '--files', 'xa81715gj_ccd.fits', '--hst'],
    isRight: ({ rc, stdout }) => rc === 0 && stdout.split('\n').includes('hst_acs_ccdtab_0250.rmap'),
  },
  {
    step: 'purge_nothing_bad',
    args: [
      '-m',
      'crds.sync',
      '--contexts',
      'hst-latest',
      '--check-files',
      '--purge-rejected',
      '--purge-blacklisted',
    ],
    isRight: ({ rc, stderr }) => rc === 0 && stderr.includes('0 errors'),
  },
  {
    // Server info as a file, for installations that may not call anybody.
    step: 'config_uri',
    args: ['-m', 'crds.list', '--operational-context'],
    cache: 'third-cache',
    env: ({ address }) => ({ CRDS_CONFIG_URI: `${address}/crds/hst/unchecked_get/config/hst` }),
    isRight: ({ rc, stdout }) => rc === 0 && stdout === 'hst_0300.pmap\n',
  },
  {
    step: 'bundle_without_a_server',
    args: ['-c', recommend],
    cache: 'bundle-cache',
    before: unpackBundle,
    env: () => ({ CRDS_SERVER_URL: 'https://hst-serverless.invalid', CRDS_MODE: 'local' }),
    isRight: ({ rc, stdout }) => rc === 0 && stdout === recommended,
  },
];

async function unpackBundle({ address, folder }: Session, cache: string): Promise<void> {
  const answer = await fetch(`${address}/crds/hst/bundle/hst_0300.pmap.tar.gz`);
  const file = path.join(folder, 'bundle.tar.gz');
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  await mkdir(cache, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', file, '-C', cache]);
}
