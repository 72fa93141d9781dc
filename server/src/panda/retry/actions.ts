/** What rules can do; the table panda.retry_action says it to people. */
export const retryActions = [
  'no_retry',
  'limit_retry',
  'increase_memory',
  'increase_memory_xtimes',
  'increase_cputime',
  'reduce_input_per_job',
] as const;
export type RetryAction = (typeof retryActions)[number];

/** Errors in the order in which rules are asked (panda-server 1.0.3, adder and watcher); of others there are none. */
export const askedSources = ['pilot', 'exe', 'ddm', 'trans', 'jobDispatcher', 'taskBuffer'] as const;
export type AskedSource = (typeof askedSources)[number];
