export * from './auth.ts';
export * from './core.ts';
export * from './crds.ts';
export * from './explain.ts';
export * from './panda.ts';
export * from './uws.ts';
export * from './views.ts';
