import Type, { type Static } from 'typebox';

export const uwsSettings = Type.Object({
  anonymous: Type.Union([Type.Literal('off'), Type.Literal('read'), Type.Literal('run')], {
    default: 'off',
    description:
      'What callers without an identity may do: nothing, read definitions and jobs without an owner, or also run jobs. Such jobs belong to all of them together.',
  }),
  keepDays: Type.Number({
    default: 30,
    exclusiveMinimum: 0,
    description: 'Days until a job is destroyed when neither job nor definition says otherwise.',
  }),
  maxKeepDays: Type.Number({
    default: 365,
    exclusiveMinimum: 0,
    description: 'Longest time a job may be kept, days; a later destruction time is brought forward.',
  }),
  archive: Type.Boolean({
    default: true,
    description:
      'At its destruction time a job becomes ARCHIVED: results, inputs and logs go, its description stays. Otherwise it is deleted.',
  }),
  archiveDays: Type.Number({
    default: 365,
    exclusiveMinimum: 0,
    description: 'Days after which an archived job is deleted, counted from when it was archived.',
  }),
  executionSeconds: Type.Integer({
    default: 600,
    minimum: 1,
    description: 'Execution duration of a job when neither job nor definition says otherwise, seconds.',
  }),
  maxExecutionSeconds: Type.Integer({
    default: 86_400,
    minimum: 1,
    description: 'Longest execution duration where the definition sets none, seconds.',
  }),
  maxUploadMb: Type.Integer({
    default: 2048,
    minimum: 1,
    description: 'Largest input of a job where the definition sets none, MB.',
  }),
  maxActiveJobs: Type.Integer({
    default: 0,
    minimum: 0,
    description:
      'Jobs of one user that may wait or run at a time; more are refused when they are to be run. 0 = any number.',
  }),
  maxJobs: Type.Integer({
    default: 100_000,
    minimum: 0,
    description: 'Jobs one user may have, archived ones left out; more are refused. 0 = any number.',
  }),
  uploadQuotaMb: Type.Integer({
    default: 0,
    minimum: 0,
    description: "Bytes that the inputs of one user's jobs may have together, MB; 0 = any number.",
  }),
  waitSeconds: Type.Integer({
    default: 300,
    minimum: 1,
    maximum: 3600,
    description: 'Longest WAIT that is held, seconds; keep it below the time-out of proxies.',
  }),
  memoryMb: Type.Integer({
    default: 1024,
    minimum: 16,
    description: 'Memory of a job where the definition sets none, MB.',
  }),
  maxShareHours: Type.Integer({
    default: 168,
    minimum: 0,
    maximum: 87_600,
    description:
      'Longest time a link that shows a job without an account may hold, hours; 0 = jobs cannot be shared.',
  }),
  outputMb: Type.Integer({
    default: 10_240,
    minimum: 1,
    description: 'What a job may write, MB.',
  }),
});
export type UwsSettings = Static<typeof uwsSettings>;
