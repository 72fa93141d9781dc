import { useLocation } from '@tanstack/react-router';

/** Where one is, below `/ui`. */
export const usePath = (): string =>
  useLocation({ select: ({ pathname }) => pathname.replace(/^\/ui(?=\/|$)/, '') || '/' });
