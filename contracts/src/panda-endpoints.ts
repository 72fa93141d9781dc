/** Storage that queues read from and write to. */
import Type, { type Static } from 'typebox';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const PandaEndpoint = Type.Object({
  endpoint: Type.String(),
  state: nullable(Type.String()),
  type: nullable(Type.String()),
  site: nullable(Type.String()),
  /** Its folder is on the host of the server, which takes files for it. */
  isHere: Type.Boolean(),
  /** What came through the server and is there, uploads on their way included in the bytes. */
  files: Type.Integer(),
  bytes: Type.Integer(),
  /** At most so many bytes; null = as many as the disk holds. */
  maxBytes: nullable(Type.Integer()),
});
export type PandaEndpoint = Static<typeof PandaEndpoint>;

export const PandaEndpointList = Type.Object({ rows: Type.Array(PandaEndpoint), tookMs: Type.Number() });
export type PandaEndpointList = Static<typeof PandaEndpointList>;
