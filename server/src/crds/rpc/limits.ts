/** Headers or dataset ids in one call; clients cut their questions by it (`max_headers_per_rpc`). */
export const mostHeaders = 1000;
/** Ids that the archive's page may ask at once. */
export const mostArchiveIds = 200;
/** Names in one question for catalogue records: clients ask for all files of a context at once. */
export const mostNames = 100_000;
