import type { Audit } from '../audit/index.ts';
import type { Db } from '../db/index.ts';
import { loadSecretKey, type SecretKey } from './secret-key.ts';

/** What the functions of this part need; the server and the command line each make one. */
export interface AuthContext {
  readonly db: Db;
  readonly audit: Audit;
  /** Read, or made, at first use: most processes never sign anything. */
  readonly secret: () => Promise<SecretKey>;
  /** `iss` of the tokens we make: our public address. */
  readonly issuer: string;
  /** The data folder, for `admin-password`. */
  readonly data: string;
}

/** Who changes something, as it stands in the audit trail. */
export interface Actor {
  name: string;
  requestId?: string;
  address?: string;
}

export interface AuthContextOptions {
  db: Db;
  audit: Audit;
  /** The settings in force; only these are read. */
  config: {
    data: string;
    publicUrl?: string | undefined;
    secretKey?: string | undefined;
    http: { host: string; port: number };
  };
}

export function createAuthContext({ db, audit, config }: AuthContextOptions): AuthContext {
  let secret: Promise<SecretKey> | undefined;
  return {
    db,
    audit,
    issuer: (config.publicUrl ?? `http://${config.http.host}:${config.http.port}`).replace(/\/+$/, ''),
    data: config.data,
    secret() {
      secret ??= loadSecretKey({
        data: config.data,
        ...(config.secretKey === undefined ? {} : { secretKey: config.secretKey }),
      });
      return secret;
    },
  };
}
