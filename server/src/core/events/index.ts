export { type Attention, attend } from './attend.ts';
export { createEvents, type Events, type Following, type NewEvent } from './events.ts';
export type { Event } from './feed.ts';
export type { WaitEnd, Waiter } from './waits.ts';
