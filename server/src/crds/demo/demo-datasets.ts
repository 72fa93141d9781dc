/** An exposure as archives register them: a line of `orrery crds dataset load`. */
export interface DemoDataset {
  id: string;
  instrument: string;
  header: Readonly<Record<string, string>>;
}

const filters = ['CLEAR', 'BLUE', 'RED'] as const;
const count = 60;
const firstDay = Date.UTC(2020, 1, 3, 4, 0, 0);
/** Uneven, so that times of day differ. */
const stepMs = 25.3 * 24 * 3600 * 1000;

/**
 * Five years of exposures, one about every month: images with all filters, spectra with both gratings, darks. Rules of
 * later contexts change what is recommended for some of them. Products have two exposures each; clients ask for
 * ids in capitals (crds 13.2.7).
 */
export function demoDatasets(): DemoDataset[] {
  return Array.from({ length: count }, (_, n) => {
    const [date = '', time = ''] = new Date(firstDay + n * stepMs).toISOString().slice(0, 19).split('T');
    const product = `TOBS${String(Math.floor(n / 2)).padStart(4, '0')}`;
    return {
      id: `${product}:${product}${n % 2 === 0 ? 'A' : 'B'}`,
      instrument: 'tinstr',
      header: {
        INSTRUME: 'TINSTR',
        DETECTOR: n % 4 < 2 ? 'LEFT' : 'RIGHT',
        ...optics(n),
        'DATE-OBS': date,
        'TIME-OBS': time,
        EXPTIME: String(30 * (1 + (n % 5))),
      },
    };
  });
}

function optics(n: number): Record<string, string> {
  if (n % 5 === 3)
    return { EXP_TYPE: 'SPECTRUM', FILTER: 'CLEAR', GRATING: n % 2 === 0 ? 'SHORT' : 'LONG', SLIT: 'WIDE' };
  const image = { FILTER: filters[n % 3] ?? 'CLEAR', GRATING: 'N/A', SLIT: 'N/A' };
  return { EXP_TYPE: n % 10 === 0 ? 'DARK' : 'IMAGE', ...image };
}
