/** Attributes of a JobSpec in the order in which clients send their values (panda-server 1.0.3). */
export const jobAttributes = `
  PandaID jobDefinitionID schedulerID pilotID creationTime creationHost modificationTime modificationHost AtlasRelease
  transformation homepackage prodSeriesLabel prodSourceLabel prodUserID assignedPriority currentPriority attemptNr
  maxAttempt jobStatus jobName maxCpuCount maxCpuUnit maxDiskCount maxDiskUnit ipConnectivity minRamCount minRamUnit
  startTime endTime cpuConsumptionTime cpuConsumptionUnit commandToPilot transExitCode pilotErrorCode pilotErrorDiag
  exeErrorCode exeErrorDiag supErrorCode supErrorDiag ddmErrorCode ddmErrorDiag brokerageErrorCode brokerageErrorDiag
  jobDispatcherErrorCode jobDispatcherErrorDiag taskBufferErrorCode taskBufferErrorDiag computingSite computingElement
  jobParameters metadata prodDBlock dispatchDBlock destinationDBlock destinationSE nEvents grid cloud cpuConversion
  sourceSite destinationSite transferType taskID cmtConfig stateChangeTime prodDBUpdateTime lockedby relocationFlag
  jobExecutionID VO pilotTiming workingGroup processingType prodUserName nInputFiles countryGroup batchID parentID
  specialHandling jobsetID coreCount nInputDataFiles inputFileType inputFileProject inputFileBytes nOutputDataFiles
  outputFileBytes jobMetrics workQueue_ID jediTaskID jobSubStatus actualCoreCount reqID maxRSS maxVMEM maxSWAP maxPSS
  avgRSS avgVMEM avgSWAP avgPSS maxWalltime nucleus eventService failedAttempt hs06sec gshare hs06 totRCHAR totWCHAR
  totRBYTES totWBYTES rateRCHAR rateWCHAR rateRBYTES rateWBYTES resource_type diskIO memory_leak memory_leak_x2
  container_name job_label gco2_regional gco2_global cpu_architecture_level outputFileType`
  .trim()
  .split(/\s+/);

/** Attributes of a FileSpec in the same way. */
export const fileAttributes = `
  row_ID PandaID GUID lfn type dataset status prodDBlock prodDBlockToken dispatchDBlock dispatchDBlockToken
  destinationDBlock destinationDBlockToken destinationSE fsize md5sum checksum scope jediTaskID datasetID fileID
  attemptNr`
  .trim()
  .split(/\s+/);

/** What a job gets while it lives, and nobody may bring along. */
export const ownAttributes = jobAttributes.filter((name) =>
  /^(PandaID|schedulerID|pilotID|creationTime|modification.*|jobStatus|startTime|endTime|commandToPilot|transExitCode|metadata|.*Error(Code|Diag)|stateChangeTime|prodDBUpdateTime|lockedby|pilotTiming|batchID|jobMetrics|jobSubStatus|jediTaskID|workQueue_ID|resource_type|hs06.*|cpuCon.*|actualCoreCount|(max|avg)(RSS|VMEM|SWAP|PSS)|(tot|rate)[RW].*|diskIO|memory_leak.*|gco2.*|n(In|Out)put(Data)?Files|outputFileBytes|failedAttempt|computingElement|parentID|prodUserName|assignedPriority)$/.test(
    name,
  ),
);
