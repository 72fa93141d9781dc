import type { ErrorSource } from '../jobs/job.ts';

/**
 * What the codes mean, in words: those of the pilot (pilot3 3.11.5.1, `errorcodes.py`) that a site or a user can do
 * something about, and those the server itself writes.
 */
const meanings: Readonly<Partial<Record<ErrorSource, Readonly<Record<number, string>>>>> = {
  pilot: {
    1098: 'too little disk space on the worker node',
    1099: 'an input file could not be fetched',
    1103: 'an input file is not there',
    1106: 'the payload wrote more to stdout than allowed',
    1110: 'the environment could not be set up',
    1116: 'the description of the queue could not be read',
    1135: 'a file could not be read for the transfer',
    1136: 'a stored file has another size',
    1137: 'an output file could not be stored',
    1141: 'the storage refused a file',
    1144: 'killed on request of the server',
    1145: 'an input file is not where it should be',
    1149: 'the transformation could not be downloaded',
    1150: 'the payload made no progress',
    1151: 'fetching the input took too long',
    1152: 'storing the output took too long',
    1165: 'an output file is missing',
    1171: 'an input file has another checksum',
    1175: 'an input file is damaged',
    1181: 'a stored file has another checksum',
    1191: 'an output file is empty',
    1200: 'ended by a signal',
    1201: 'ended by SIGTERM',
    1212: 'the payload ran out of memory',
    1213: 'the batch system’s time was over',
    1235: 'the payload took more memory than allowed',
    1305: 'the payload failed',
    1310: 'the payload ran into its time limit',
    1318: 'the pilot lost the connection to the server',
    1324: 'the worker node is not usable',
    1359: 'the queue is not ACTIVE',
    1386: 'the queue is offline',
  },
  ddm: {
    100: 'the input could not be prepared',
    101: 'a file has no GUID',
    200: 'the outputs do not agree with the job',
    201: 'the output could not be subscribed',
    203: 'the place of the output is not known',
    204: 'the number of events is missing',
    205: 'the GUIDs disagree',
    206: 'the output is on another storage than agreed',
  },
  jobDispatcher: {
    100: 'no word from the pilot for too long',
    101: 'the job could not be recovered',
    102: 'the pilot took the job and never reported',
    103: 'the final report did not come in time',
    104: 'the transfer of the output took too long',
    105: 'it stayed in its state for too long',
  },
  taskBuffer: {
    100: 'killed by a person',
    101: 'the transfer took too long',
    102: 'expired',
    103: 'aborted with its task',
    105: 'sent to another queue',
    106: 'repeated by the server',
    107: 'repeated after a pilot error',
    113: 'merging failed',
    130: 'sent to another queue because this one is full',
    200: 'another copy of the job was faster',
    300: 'its worker is done',
  },
  sup: {
    1: 'reported by another batch job than the one that has it',
    2: 'its worker had ended already',
  },
  trans: {
    126: 'the payload cannot be executed',
    127: 'the payload was not found',
    134: 'the payload aborted (SIGABRT)',
    137: 'the payload was killed (SIGKILL)',
    139: 'the payload crashed (SIGSEGV)',
    143: 'the payload was told to end (SIGTERM)',
  },
};

/** A few words for people; null when the code says nothing to us. */
export function errorMeaning(source: ErrorSource, code: number): string | null {
  const known = meanings[source]?.[Math.abs(code)];
  if (known !== undefined) return known;
  return source === 'trans' ? `the payload ended with exit code ${code}` : null;
}
