export * from './auth.ts';
export * from './core.ts';
export * from './uws.ts';
export * from './views.ts';
