/**
 * Keywords of references that name several values of a parameter of datasets, `A|B`, with that parameter. They count
 * before the plain keyword of the parameter.
 */
export type PatternKeywords = readonly (readonly [keyword: string, parameter: string])[];

const jwst: PatternKeywords = [
  ['META.EXPOSURE.PREADPATT', 'META.EXPOSURE.READPATT'],
  ['META.EXPOSURE.P_EXPTYPE', 'META.EXPOSURE.TYPE'],
  ['META.EXPOSURE.P_READPATT', 'META.EXPOSURE.READPATT'],
  ['META.INSTRUMENT.PCORONAGRAPH', 'META.INSTRUMENT.CORONAGRAPH'],
  ['META.INSTRUMENT.P_BAND', 'META.INSTRUMENT.BAND'],
  ['META.INSTRUMENT.P_CHANNEL', 'META.INSTRUMENT.CHANNEL'],
  ['META.INSTRUMENT.P_DETECTOR', 'META.INSTRUMENT.DETECTOR'],
  ['META.INSTRUMENT.P_FILTER', 'META.INSTRUMENT.FILTER'],
  ['META.INSTRUMENT.P_GRATING', 'META.INSTRUMENT.GRATING'],
  ['META.INSTRUMENT.P_MODULE', 'META.INSTRUMENT.MODULE'],
  ['META.INSTRUMENT.P_PUPIL', 'META.INSTRUMENT.PUPIL'],
  ['META.SUBARRAY.P_SUBARRAY', 'META.SUBARRAY.NAME'],
  ['P_BAND', 'META.INSTRUMENT.BAND'],
  ['P_CHANNE', 'META.INSTRUMENT.CHANNEL'],
  ['P_CORONM', 'META.INSTRUMENT.CORONAGRAPH'],
  ['P_DETECT', 'META.INSTRUMENT.DETECTOR'],
  ['P_EXP_TY', 'META.EXPOSURE.TYPE'],
  ['P_FILTER', 'META.INSTRUMENT.FILTER'],
  ['P_GRATIN', 'META.INSTRUMENT.GRATING'],
  ['P_MODULE', 'META.INSTRUMENT.MODULE'],
  ['P_PUPIL', 'META.INSTRUMENT.PUPIL'],
  ['P_READPA', 'META.EXPOSURE.READPATT'],
  ['P_SUBARR', 'META.SUBARRAY.NAME'],
];

const roman: PatternKeywords = [
  ['ROMAN.META.EXPOSURE.P_EXPTYPE', 'ROMAN.META.EXPOSURE.TYPE'],
  ['ROMAN.META.INSTRUMENT.P_DETECTOR', 'ROMAN.META.INSTRUMENT.DETECTOR'],
  ['ROMAN.META.INSTRUMENT.P_OPTICAL_ELEMENT', 'ROMAN.META.INSTRUMENT.OPTICAL_ELEMENT'],
];

/** Pattern keywords of an observatory (crds 13.2.7); only two have any. */
export function patternKeywords(observatory: string): PatternKeywords {
  if (observatory === 'jwst') return jwst;
  return observatory === 'roman' ? roman : [];
}
