import type { ErrorSource } from '../jobs/job.ts';

/** Whose matter a failure is: of the sites and services, or of the payload and what its user asked for. */
const errorClasses = ['system', 'user', 'unknown'] as const;
export type ErrorClass = (typeof errorClasses)[number];

type Meaning = readonly [ErrorClass, string];

/**
 * What the codes mean, in words, and whose matter they are. Codes: those of the pilot (pilot3 3.11.5.1, `errorcodes.py`)
 * and those the server itself writes (panda-server 1.0.3, `ErrorCode.py` of each part). The reference leaves the classes
 * to a table that each installation fills (ERROR_CLASSIFICATION); these follow from who can do something about the error:
 * what the payload does, needs or leaves behind is its user's matter, everything around it the system's.
 */
const meanings: Readonly<Partial<Record<ErrorSource, Readonly<Record<number, Meaning>>>>> = {
  pilot: {
    1008: ['system', 'the pilot failed'],
    1098: ['system', 'too little disk space on the worker node'],
    1099: ['system', 'an input file could not be fetched'],
    1100: ['system', 'no copy of an input file is known'],
    1103: ['system', 'an input file is not there'],
    1104: ['user', 'the payload filled its directory'],
    1106: ['user', 'the payload wrote more to stdout than allowed'],
    1110: ['system', 'the environment could not be set up'],
    1116: ['system', 'the description of the queue could not be read'],
    1117: ['system', 'the description of the queue is not as it should be'],
    1124: ['user', 'an output file is larger than allowed'],
    1133: ['system', 'the queue names no storage'],
    1135: ['system', 'a file could not be read for the transfer'],
    1136: ['system', 'a stored file has another size'],
    1137: ['system', 'an output file could not be stored'],
    1141: ['system', 'a stored file has another MD5 sum'],
    1143: ['system', 'the transformation could not be made executable'],
    1144: ['unknown', 'killed on request of the server'],
    1145: ['system', 'an input file has another MD5 sum'],
    1149: ['system', 'the transformation could not be downloaded'],
    1150: ['user', 'the payload made no progress'],
    1151: ['system', 'fetching the input took too long'],
    1152: ['system', 'storing the output took too long'],
    1163: ['system', 'the proxy of the pilot is not valid'],
    1165: ['user', 'an output file is missing'],
    1168: ['user', 'the input is larger than allowed'],
    1171: ['system', 'an input file has another checksum'],
    1172: ['system', 'a stored file has another checksum'],
    1175: ['system', 'an input file is damaged'],
    1177: ['system', 'the VOMS proxy of the pilot is not valid'],
    1180: ['system', 'the storage failed while the input was fetched'],
    1181: ['system', 'the storage failed while the output was stored'],
    1186: ['system', 'the software is not installed'],
    1187: ['user', 'the payload left no metadata'],
    1190: ['user', 'the name of a file is too long'],
    1191: ['user', 'an output file is empty'],
    1199: ['system', 'a directory could not be made'],
    1200: ['system', 'ended by a signal'],
    1201: ['system', 'ended by SIGTERM'],
    1202: ['system', 'ended by SIGQUIT'],
    1203: ['system', 'the pilot crashed (SIGSEGV)'],
    1204: ['system', 'ended by SIGXCPU'],
    1205: ['user', 'killed by a person'],
    1211: ['system', 'the software is not installed'],
    1212: ['user', 'the payload ran out of memory'],
    1213: ['system', 'the batch system’s time was over'],
    1220: ['user', 'the payload failed for a reason it did not tell'],
    1221: ['system', 'an output file exists already'],
    1223: ['user', 'the payload could not get more memory'],
    1235: ['user', 'the payload took more memory than allowed'],
    1236: ['unknown', 'ended by the server'],
    1240: ['system', 'the pilot could not talk to the payload'],
    1244: ['system', 'the release is not there'],
    1246: ['system', 'the code of the user could not be downloaded'],
    1247: ['user', 'the payload wrote XML that cannot be read'],
    1301: ['system', 'the pilot failed'],
    1303: ['system', 'a file could not be read or written'],
    1305: ['user', 'the payload failed'],
    1306: ['system', 'the container could not be started'],
    1307: ['system', 'the worker node has no loop device left'],
    1308: ['system', 'a directory could not be bound into the container'],
    1309: ['system', 'the image of the container could not be mounted'],
    1310: ['system', 'the payload could not be run'],
    1315: ['user', 'the transformation failed'],
    1316: ['system', 'Rucio did not answer'],
    1317: ['system', 'something took longer than allowed'],
    1318: ['system', 'the pilot lost the connection to the server'],
    1319: ['system', 'the pilot failed'],
    1320: ['system', 'the log could not be made'],
    1322: ['system', 'Rucio did not name the copies of a file'],
    1323: ['system', 'the queue names a copy tool that is not known'],
    1324: ['system', 'a service was not available'],
    1325: ['system', 'the worker node has no container runtime'],
    1326: ['system', 'no copy of an input file is in reach'],
    1327: ['system', 'the network could not be reached'],
    1328: ['user', 'the payload crashed (SIGSEGV)'],
    1331: ['system', 'an input file is not where it should be'],
    1332: ['system', 'the worker node fails every job'],
    1333: ['system', 'the storage is full'],
    1334: ['system', 'the environment could not be set up'],
    1335: ['user', 'the code of the user is no longer kept; it has to be submitted again'],
    1336: ['system', 'the job runs elsewhere already'],
    1338: ['system', 'the storage did not let the pilot fetch the input'],
    1341: ['system', 'the queue is not described as it should be'],
    1343: ['user', 'the payload reported no output'],
    1344: ['system', 'the worker node ran short of something'],
    1345: ['system', 'the container could not be isolated'],
    1346: ['user', 'the transformation does not exist'],
    1349: ['user', 'the transformation does not know an argument'],
    1350: ['user', 'an output file is empty'],
    1351: ['user', 'the transformation failed for a reason that is not known'],
    1355: ['user', 'the payload dumped core'],
    1356: ['system', 'what runs before the payload failed'],
    1357: ['system', 'what runs after the payload failed'],
    1359: ['system', 'the queue is not ACTIVE'],
    1360: ['user', 'the image of the container was not found'],
    1361: ['system', 'a remote file could not be opened'],
    1362: ['system', 'a remote file could not be opened'],
    1364: ['system', 'the pilot has no credentials for the storage'],
    1366: ['system', 'a checksum could not be computed'],
    1367: ['system', 'a command took too long'],
    1368: ['system', 'opening a remote file took too long'],
    1371: ['user', 'the name of an output file has characters that are not allowed'],
    1372: ['system', 'the worker node has no container runtime'],
    1373: ['system', 'a certificate has expired'],
    1376: ['system', 'making the log took too long'],
    1377: ['system', 'the software file system did not answer'],
    1379: ['system', 'the batch system took the worker node away'],
    1383: ['system', 'the storage did not let the pilot store the output'],
    1384: ['system', 'the queue is not set up for containers'],
    1386: ['system', 'the queue is offline'],
  },
  ddm: {
    100: ['system', 'the input could not be prepared'],
    101: ['user', 'a file has no GUID'],
    200: ['user', 'the outputs do not agree with the job'],
    201: ['system', 'the output could not be subscribed'],
    203: ['system', 'the place of the output is not known'],
    204: ['user', 'the number of events is missing'],
    205: ['system', 'the GUIDs disagree'],
    206: ['system', 'the output is on another storage than agreed'],
  },
  jobDispatcher: {
    100: ['system', 'no word from the pilot for too long'],
    101: ['system', 'the job could not be recovered'],
    102: ['system', 'the pilot took the job and never reported'],
    103: ['system', 'the final report did not come in time'],
    104: ['system', 'the transfer of the output took too long'],
    105: ['system', 'it stayed in its state for too long'],
  },
  taskBuffer: {
    100: ['user', 'killed by a person'],
    101: ['system', 'the transfer took too long'],
    102: ['system', 'expired'],
    103: ['user', 'aborted with its task'],
    105: ['system', 'sent to another queue'],
    106: ['system', 'repeated by the server'],
    107: ['system', 'repeated after a pilot error'],
    113: ['system', 'merging failed'],
    130: ['system', 'sent to another queue because this one is full'],
    200: ['system', 'another copy of the job was faster'],
    300: ['system', 'its worker is done'],
  },
  sup: {
    1: ['system', 'reported by another batch job than the one that has it'],
    2: ['system', 'its worker had ended already'],
  },
  trans: {
    126: ['user', 'the payload cannot be executed'],
    127: ['user', 'the payload was not found'],
    134: ['user', 'the payload aborted (SIGABRT)'],
    137: ['unknown', 'the payload was killed (SIGKILL)'],
    139: ['user', 'the payload crashed (SIGSEGV)'],
    143: ['unknown', 'the payload was told to end (SIGTERM)'],
  },
};

/** Of codes that are not in the table: exit codes and errors of the payload are its user's, the pilot's may be anybody's. */
const usualClass: Readonly<Record<ErrorSource, ErrorClass>> = {
  pilot: 'unknown',
  exe: 'user',
  sup: 'system',
  ddm: 'system',
  brokerage: 'system',
  jobDispatcher: 'system',
  taskBuffer: 'system',
  trans: 'user',
};

/** A few words for people; null when the code says nothing to us. */
export function errorMeaning(source: ErrorSource, code: number): string | null {
  const known = meanings[source]?.[Math.abs(code)];
  if (known !== undefined) return known[1];
  return source === 'trans' ? `the payload ended with exit code ${code}` : null;
}

/** Whose matter a failure with this error is. */
export function errorClass(source: ErrorSource, code: number): ErrorClass {
  return meanings[source]?.[Math.abs(code)]?.[0] ?? usualClass[source];
}

/** Every code of the table. */
export function knownErrors(): Array<{ source: ErrorSource; code: number }> {
  return Object.entries(meanings).flatMap(([source, codes]) =>
    Object.keys(codes).map((code) => ({ source: source as ErrorSource, code: Number(code) })),
  );
}
