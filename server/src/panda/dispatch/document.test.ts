import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DocumentInput, makeDocument, splitSteps } from './document.ts';
import type { DocumentFile } from './document-files.ts';

const output: DocumentFile = {
  type: 'output',
  lfn: 'user.tester.501._000001.out.txt',
  scope: 'user.tester',
  dataset: 'user.tester.501.out/',
  endpoint: 'LOCAL_DATADISK',
  attributes: { destinationDBlock: 'user.tester.501.out_sub1', destinationSE: 'LOCAL' },
};
const log: DocumentFile = {
  type: 'log',
  lfn: 'user.tester.501.log._000001.job.log.tgz',
  scope: 'user.tester',
  guid: '0f1a2b3c-1111-4222-8333-444455556666',
  dataset: 'user.tester.501.log/',
  endpoint: 'LOCAL_DATADISK',
  attributes: { destinationDBlock: 'user.tester.501.log_sub2', destinationSE: 'LOCAL' },
};
const input: DocumentFile = {
  type: 'input',
  lfn: 'in.txt',
  scope: 'user.tester',
  guid: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  sizeBytes: 19,
  checksum: 'ad:4a9806ff',
  dataset: 'user.tester.in/',
  endpoint: 'LOCAL_DATADISK',
  attributes: { prodDBlock: 'user.tester.in/' },
};

const aJob: DocumentInput = {
  job: {
    jobId: 1001,
    taskId: 501,
    jobsetId: 77,
    requestId: 501,
    name: 'local.test.job.1001',
    attempt: 1,
    label: 'user',
    processingType: 'panda-client-test',
    owner: 'Test User',
    priority: 1000,
    cores: 1,
    memoryMb: 100,
    diskMb: 100,
    cpuSeconds: 3600,
    walltimeSeconds: 3600,
    resourceType: 'SCORE',
  },
  parameters: 'user.tester.501._000001.out.txt alpha beta',
  transformation: 'http://panda.example.org:25443/trf/user/runLocal-00-00-01',
  attributes: { jobDefinitionID: 77, cloud: 'LOCAL', destinationSE: 'LOCAL', loopingCheck: false },
  files: [output, log],
};

const documentOf = (change: Partial<DocumentInput>): Record<string, unknown> =>
  makeDocument({ ...aJob, ...change });

test('a job with an output and a log is described as pilot3 3.11.5.1 ran it', () => {
  expect(makeDocument(aJob)).toEqual({
    StatusCode: 0,
    PandaID: 1001,
    taskID: 501,
    jobsetID: 77,
    jobDefinitionID: 77,
    reqID: 501,
    jobName: 'local.test.job.1001',
    attemptNr: 1,
    prodSourceLabel: 'user',
    processingType: 'panda-client-test',
    prodUserID: 'Test User',
    cloud: 'LOCAL',
    transformation: 'http://panda.example.org:25443/trf/user/runLocal-00-00-01',
    jobPars: 'user.tester.501._000001.out.txt alpha beta',
    swRelease: 'NULL',
    homepackage: 'NULL',
    cmtConfig: 'NULL',
    coreCount: 1,
    minRamCount: 100,
    maxDiskCount: 100,
    maxCpuCount: 3600,
    maxWalltime: 3600,
    currentPriority: 1000,
    transferType: 'NULL',
    sourceSite: 'NULL',
    destinationSE: 'LOCAL',
    nucleus: 'NULL',
    resource_type: 'SCORE',
    inFiles: '',
    GUID: '',
    checksum: '',
    fsize: '',
    scopeIn: '',
    ddmEndPointIn: '',
    realDatasetsIn: '',
    prodDBlocks: '',
    prodDBlockToken: '',
    dispatchDblock: '',
    dispatchDBlockToken: '',
    outFiles: 'user.tester.501._000001.out.txt,user.tester.501.log._000001.job.log.tgz',
    scopeOut: 'user.tester',
    scopeLog: 'user.tester',
    logFile: 'user.tester.501.log._000001.job.log.tgz',
    logGUID: '0f1a2b3c-1111-4222-8333-444455556666',
    realDatasets: 'user.tester.501.out/,user.tester.501.log/',
    destinationDblock: 'user.tester.501.out_sub1,user.tester.501.log_sub2',
    destinationDBlockToken: 'NULL,NULL',
    dispatchDBlockTokenForOut: 'NULL,NULL',
    ddmEndPointOut: 'LOCAL_DATADISK,LOCAL_DATADISK',
    fileDestinationSE: 'LOCAL,LOCAL',
    ioIntensity: null,
    ioIntensityUnit: null,
    nSent: 0,
    loopingCheck: false,
  });
});

test('inputs stand once, with the forms of checksum that pilots know', () => {
  const md5 = { ...input, lfn: 'b.txt', checksum: 'md5:0123', sizeBytes: null, guid: null, scope: null };
  const pseudo = { ...input, type: 'pseudo_input' as const, lfn: 'never' };
  const document = documentOf({ files: [input, md5, pseudo, input, output, log] });
  expect(document).toMatchObject({
    inFiles: 'in.txt,b.txt',
    GUID: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee,NULL',
    checksum: 'ad:4a9806ff,md:0123',
    fsize: '19,0',
    scopeIn: 'user.tester,NULL',
    ddmEndPointIn: 'LOCAL_DATADISK,LOCAL_DATADISK',
    realDatasetsIn: 'user.tester.in/,user.tester.in/',
    prodDBlocks: 'user.tester.in/,user.tester.in/',
    prodDBlockToken: 'NULL,NULL',
    dispatchDblock: 'NULL,NULL',
    dispatchDBlockToken: 'NULL,NULL',
  });
});

test('a job with nothing but a log has an empty list of scopes', () => {
  expect(documentOf({ files: [log] })).toMatchObject({
    outFiles: log.lfn,
    scopeOut: '',
    scopeLog: 'user.tester',
    ddmEndPointOut: 'LOCAL_DATADISK',
  });
  expect(documentOf({ files: [] })).toMatchObject({ outFiles: '', logFile: '', scopeLog: '', logGUID: '' });
});

test('the log stands where it was given and its scope does not', () => {
  const second = { ...output, lfn: 'second', scope: 'group.x' };
  expect(documentOf({ files: [log, output, second] })).toMatchObject({
    outFiles: `${log.lfn},${output.lfn},second`,
    scopeOut: 'user.tester,group.x',
    realDatasets: 'user.tester.501.log/,user.tester.501.out/,user.tester.501.out/',
  });
});

test('flags are the text True or no key at all', () => {
  const plain = makeDocument(aJob);
  for (const key of ['debug', 'eventService', 'isHPO', 'useVP', 'noExecStrCnv', 'allowNoOutput']) {
    expect(plain).not.toHaveProperty(key);
  }
  const attributes = {
    specialHandling: 'ho,nc,po,om,up,if,lc,eventservice,esmerge,ao:on,sc:2',
    useVP: true,
    container_name: 'docker://x',
    containerOptions: { containerImage: 'x' },
    scheduler_ip: '10.0.0.1',
  };
  expect(documentOf({ attributes })).toMatchObject({
    isHPO: 'True',
    noExecStrCnv: 'True',
    putLogToOS: 'True',
    onSiteMerging: 'True',
    usePrefetcher: 'True',
    inFilePosEvtNum: 'True',
    eventService: 'True',
    eventServiceMerge: 'True',
    useVP: 'True',
    loopingCheck: false,
    altStageOut: 'on',
    cloneJob: 'storeonce',
    container_name: 'docker://x',
    containerOptions: { containerImage: 'x' },
    scheduler_ip: '10.0.0.1',
    prodDBlockTokenForOutput: 'NULL,NULL',
  });
  expect(documentOf({ attributes: { loopingCheck: true } })).not.toHaveProperty('loopingCheck');
});

test('outputs that may be missing are named, and inputs by dataset when the payload wants them in files', () => {
  const optional = { ...output, lfn: 'maybe', optional: true };
  const token = { ...output, lfn: 'perhaps', attributes: { dispatchDBlockToken: 'x,an' } };
  const other = { ...input, lfn: 'c.txt', dataset: 'scope:other' };
  const second = { ...input, lfn: 'b.txt' };
  expect(
    documentOf({
      files: [input, second, other, optional, token, output, log],
      attributes: { specialHandling: 'wf' },
    }),
  ).toMatchObject({
    allowNoOutput: 'maybe,perhaps',
    writeToFile: 'tmpin_user.tester.in:in.txt,b.txt^tmpin_other:c.txt',
  });
});

test('destination tokens keep their first word, and a distributed one is written as pilots read it', () => {
  const given = { ...output, attributes: { destinationDBlockToken: 'ddd:DISK,second' } };
  expect(documentOf({ files: [given, log] })).toMatchObject({ destinationDBlockToken: 'dst:DISK,NULL' });
});

test('steps in the parameters become keys, but never replace what the server says', () => {
  const steps = {
    preprocess: { command: 'a', args: 'b' },
    postprocess: { command: 'c', args: '' },
    PandaID: 7,
    transformation: 'http://elsewhere/',
  };
  const parameters = `-p x <MULTI_STEP_EXEC>${JSON.stringify(steps)}</MULTI_STEP_EXEC>`;
  expect(documentOf({ parameters })).toMatchObject({
    jobPars: '-p x ',
    cmtConfig: '',
    preprocess: { command: 'a', args: 'b' },
    postprocess: { command: 'c', args: '' },
    PandaID: 1001,
    transformation: aJob.transformation,
  });
});

test('parameters are base64 when the job says so', () => {
  const document = documentOf({ parameters: 'häuser "x"', attributes: { specialHandling: 'ej' } });
  expect(Buffer.from(String(document.jobPars), 'base64').toString()).toBe('häuser "x"');
});

test('any text is a command line: what is no block of steps stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (text, json) => {
      const clean = text.replaceAll('<', '');
      expect(splitSteps(clean)).toEqual({ text: clean, steps: null });
      const whole = `${clean}<MULTI_STEP_EXEC>${json}</MULTI_STEP_EXEC>`;
      const { text: rest, steps } = splitSteps(whole);
      expect(steps === null ? rest === whole : rest === clean).toBe(true);
    }),
  );
});

test('the lists of files always have the same length', () => {
  const anyFile = fc.record({
    type: fc.constantFrom('input' as const, 'output' as const, 'log' as const, 'pseudo_input' as const),
    lfn: fc.stringMatching(/^[\w.-]{1,20}$/),
    scope: fc.option(fc.constantFrom('a', 'b')),
    guid: fc.option(fc.uuid()),
    endpoint: fc.option(fc.constant('DISK')),
    checksum: fc.option(fc.constantFrom('ad:1', 'md5:2')),
  });
  fc.assert(
    fc.property(fc.array(anyFile, { minLength: 1 }), (files) => {
      const document = documentOf({ files });
      const length = (key: string): number =>
        document[key] === '' ? 0 : String(document[key]).split(',').length;
      for (const key of ['GUID', 'checksum', 'fsize', 'scopeIn', 'realDatasetsIn', 'prodDBlockToken']) {
        expect([key, length(key)]).toEqual([key, length('inFiles')]);
      }
      for (const key of ['realDatasets', 'destinationDblock', 'fileDestinationSE']) {
        expect([key, length(key)]).toEqual([key, length('outFiles')]);
      }
    }),
  );
});
