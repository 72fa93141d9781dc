export { viewBackup } from './tables.ts';
export { listViews, type ViewRow } from './view.store.ts';
export { viewRoutes } from './views.routes.ts';
export {
  changeView,
  createView,
  maxViewsPerAccount,
  removeView,
  type ViewChange,
  type ViewWish,
} from './views.ts';
