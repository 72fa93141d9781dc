import type { NewFile } from '../catalogue/file.ts';
import { demoObservatory } from './demo-rules.ts';
import { fitsImage } from './fits-image.ts';

/** A reference of the demonstration: its bytes, and what the catalogue says of it. */
export interface DemoReference {
  name: string;
  content: Buffer;
  record: Partial<NewFile>;
}

interface Wish {
  name: string;
  useafter: string;
  description: string;
  deliveredAt: string;
  /** Keywords that say what it is for. */
  cards: Readonly<Record<string, string>>;
  /** Of an image the level of its pixels; of a polynomial the coefficients. */
  level?: number;
  coefficients?: readonly number[];
}

const launch = '2020-01-01 00:00:00';
const firstDelivery = '2019-12-12T08:00:00Z';

const wishes: readonly Wish[] = [
  dark('0001', 'LEFT', launch, 'Dark of the left detector before launch', firstDelivery, 12),
  dark('0002', 'RIGHT', launch, 'Dark of the right detector before launch', firstDelivery, 14),
  dark(
    '0003',
    'LEFT',
    '2022-06-01 12:00:00',
    'Dark of the left detector after its repair',
    '2022-06-17T08:00:00Z',
    9,
  ),
  flat('0001', 'LEFT', 'BLUE', firstDelivery, 1000),
  flat('0002', 'LEFT', 'RED', firstDelivery, 1040),
  flat('0003', 'RIGHT', 'CLEAR', firstDelivery, 980),
  flat('0004', 'RIGHT', 'RED', '2024-01-10T08:00:00Z', 1020),
  {
    name: 'tobs_tinstr_tfilekind_0001.fits',
    useafter: launch,
    description: 'Distortion of images, offsets in thousandths of a pixel',
    deliveredAt: firstDelivery,
    cards: { INSTRUME: 'TINSTR', REFTYPE: 'TFILEKIND', FILETYPE: 'TFILEKIND' },
    level: 3,
  },
  wave('0001', 'SHORT', launch, firstDelivery, [110, 0.21, 1.5e-6]),
  wave('0002', 'LONG', launch, firstDelivery, [420, 0.48, 2.25e-6]),
  wave('0003', 'LONG', '2023-11-05 00:00:00', '2024-01-10T08:00:00Z', [420.25, 0.479, 2.5e-6]),
  {
    name: 'tobs_tinstr_sens_0001.json',
    useafter: launch,
    description: 'Sensitivity for spectra, counts per photon',
    deliveredAt: firstDelivery,
    cards: { INSTRUME: 'TINSTR', REFTYPE: 'SENS' },
    coefficients: [0.31, 0.00012],
  },
];

function dark(
  serial: string,
  detector: string,
  useafter: string,
  description: string,
  deliveredAt: string,
  level: number,
): Wish {
  const cards = { INSTRUME: 'TINSTR', REFTYPE: 'DARK', FILETYPE: 'DARK', DETECTOR: detector };
  return { name: `tobs_tinstr_dark_${serial}.fits`, useafter, description, deliveredAt, cards, level };
}

function flat(serial: string, detector: string, filter: string, deliveredAt: string, level: number): Wish {
  const name = `tobs_tinstr_flat_${serial}.fits`;
  const cards = { INSTRUME: 'TINSTR', REFTYPE: 'FLAT', FILETYPE: 'FLAT', DETECTOR: detector, FILTER: filter };
  const description = `Flat of the ${detector.toLowerCase()} detector, filter ${filter.toLowerCase()}`;
  return { name, useafter: launch, description, deliveredAt, cards, level };
}

function wave(
  serial: string,
  grating: string,
  useafter: string,
  deliveredAt: string,
  coefficients: readonly number[],
): Wish {
  const cards = { INSTRUME: 'TINSTR', REFTYPE: 'WAVE', GRATING: grating };
  const description = `Wavelength by pixel, ${grating.toLowerCase()} grating, nanometres`;
  return { name: `tobs_tinstr_wave_${serial}.json`, useafter, description, deliveredAt, cards, coefficients };
}

/** All references that the rules of the demonstration name. The bytes are the same each time. */
export function demoReferences(): DemoReference[] {
  return wishes.map((wish) => ({
    name: wish.name,
    content: wish.level === undefined ? polynomial(wish) : image(wish, wish.level),
    record: {
      description: wish.description,
      pedigree: 'DUMMY',
      useafterAt: wish.useafter,
      changeLevel: 'moderate',
      creator: 'Orrery demonstration',
      referenceFileType: wish.cards.REFTYPE ?? '',
      uploadedAs: wish.name,
      deliveredAt: new Date(wish.deliveredAt),
      comment: 'Made by the program; it calibrates nothing.',
    },
  }));
}

function keywords({ cards, useafter, description }: Wish): Record<string, string> {
  return {
    TELESCOP: demoObservatory.toUpperCase(),
    ...cards,
    USEAFTER: useafter,
    PEDIGREE: 'DUMMY',
    DESCRIP: description,
  };
}

/** 16 by 16 pixels around a level, brighter to the middle. */
function image(wish: Wish, level: number): Buffer {
  return fitsImage(
    keywords(wish),
    16,
    (x, y) => level * (1 + 0.1 * Math.exp(-((x - 8) ** 2 + (y - 8) ** 2) / 32)),
  );
}

function polynomial(wish: Wish): Buffer {
  const { coefficients = [] } = wish;
  return Buffer.from(`${JSON.stringify({ ...keywords(wish), coefficients }, null, 2)}\n`);
}
