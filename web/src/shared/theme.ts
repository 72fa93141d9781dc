import { createTheme, type MantineColorsTuple } from '@mantine/core';

const accent = 'var(--accent)';
const petrol: MantineColorsTuple = [
  accent,
  accent,
  accent,
  accent,
  accent,
  accent,
  accent,
  accent,
  accent,
  accent,
];

/** Mantine reads the same tokens as our own parts; it gives menus, their focus and their place, no look. */
export const theme = createTheme({
  primaryColor: 'petrol',
  colors: { petrol },
  defaultRadius: 4,
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  respectReducedMotion: true,
});
