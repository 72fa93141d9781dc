export * from './core.ts';
export * from './uws.ts';
