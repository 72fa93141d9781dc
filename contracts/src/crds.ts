/**
 * The JSON API of calibration references. Addresses are below `/api/crds/observatories/:observatory` unless they
 * begin with a slash, which stands for `/api/crds`.
 *
 * | call | body or query | answer |
 * |---|---|---|
 * | `GET /observatories` | – | `CrdsObservatoryList` |
 * | `GET /search` | `CrdsSearchQuery` | `CrdsFound`, over all observatories |
 * | `GET` | – | `CrdsObservatory` |
 * | `GET home` | `CrdsHomeQuery` | `CrdsHome` |
 * | `GET search` | `CrdsSearchQuery` | `CrdsFound` |
 * | `GET activity` | `CrdsActivityQuery` | `CrdsActivityPage` |
 * | `GET contexts` | `CrdsContextQuery` | `CrdsContextPage` |
 * | `POST contexts` | `CrdsContextSet` | `CrdsContext`; 409 with the obstacles |
 * | `GET contexts/history` | `CrdsHistoryQuery` | `CrdsHistoryPage` |
 * | `GET contexts/builds` | – | `CrdsBuildList` |
 * | `GET contexts/remote` | – | `CrdsRemoteContextList` |
 * | `GET contexts/resolve` | `CrdsResolveQuery` | `CrdsResolved` |
 * | `GET contexts/:context` | – | `CrdsContext` |
 * | `GET contexts/:context/references` | `CrdsContextReferenceQuery` | `CrdsContextReferencePage` |
 * | `GET files` | `CrdsFileQuery` | `CrdsFilePage` |
 * | `GET files/facets` | `CrdsFileFilter` | `CrdsFileFacets` |
 * | `GET files/:file` | – | `CrdsFile` |
 * | `GET files/:file/contents` | `CrdsContentsQuery` | `CrdsContents`: mappings, and references that are text |
 * | `GET files/:file/header` | – | `CrdsReferenceHeader`: references in FITS |
 * | `GET files/:file/uses` | `CrdsLinkQuery` | `CrdsLinkPage` |
 * | `GET files/:file/used-by` | `CrdsLinkQuery` | `CrdsLinkPage` |
 * | `GET files/:file/matches` | `CrdsMatchesQuery` | `CrdsMatches` |
 * | `GET files/:file/activity` | `CrdsActivityQuery` | `CrdsActivityPage` |
 * | `POST files/:file/bad` | `CrdsMarkBad` | `CrdsMarkedBad` |
 * | `GET differences` | `CrdsDifferencesQuery` | `CrdsDifferences` |
 * | `GET differences/rows` | `CrdsDifferenceQuery` | `CrdsDifferencePage` |
 * | `GET differences/text` | `CrdsTextDifferenceQuery` | `CrdsTextDifference` |
 * | `POST best-references` | `CrdsBestReferencesWish` | `CrdsBestReferences` |
 * | `POST best-references/why` | `CrdsWhyWish` | `CrdsWhy` |
 * | `POST explore` | `CrdsExploreWish` | `CrdsExplore` |
 * | `GET datasets` | `CrdsDatasetQuery` | `CrdsDatasetPage` |
 * | `POST datasets` | lines of JSON `{id, instrument, header, date}` (application/x-ndjson) | what became of them |
 * | `GET datasets/counts` | – | `CrdsDatasetCounts` |
 * | `GET datasets/:dataset` | – | `CrdsDataset` |
 * | `GET affected` | `CrdsAffectedQuery` | `CrdsAffectedPage` |
 * | `POST affected` | `CrdsAffectedWish` | 202 `CrdsAffectedDetails` |
 * | `GET affected/:run` | – | `CrdsAffectedDetails` |
 * | `GET affected/:run/rows` | `CrdsAffectedRowQuery` | `CrdsAffectedRowPage` |
 * | `GET affected/:run/export` | `CrdsAffectedExportQuery` | the whole view as a file |
 * | `POST affected/:run/cancel` | – | `CrdsAffectedDetails` |
 * | `GET mirror` | – | `CrdsMirror`; 404 when nothing is mirrored |
 * | `GET scrub` | – | `CrdsScrub` |
 * | `GET scrub/problems` | `CrdsProblemQuery` | `CrdsProblemPage` |
 * | `GET report` | – | `CrdsReport`; 404 before the first night |
 *
 * Where a context is wanted, symbolic and dated names do as well: `hst-latest`, `hst-2014-11-30`.
 * What only depends on files that never change comes with an ETag. A change of contexts is an event of topic
 * `crds.context`, key = observatory, data = `CrdsContextEvent`.
 */
export * from './crds-best-references.ts';
export * from './crds-contexts.ts';
export * from './crds-datasets.ts';
export * from './crds-differences.ts';
export * from './crds-files.ts';
export * from './crds-observatories.ts';
export * from './crds-operations.ts';
