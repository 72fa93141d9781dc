import { readFile, rename, unlink, writeFile } from 'node:fs/promises';

/** What a pilot shows to prove who it is. */
export interface AccessOptions {
  tokenFile: string | undefined;
  /** `Origin`: the VO, or `VO.role`. */
  origin: string | undefined;
  /** Remove the file once it was read, so that a payload does not find it. */
  forgetFile: boolean;
}

/** The token of this pilot, which may be replaced while it runs. */
export class Access {
  readonly #options: AccessOptions;
  #token = '';

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Reads the token file, if there is one; throws when it cannot be read. */
  async load(): Promise<void> {
    const { tokenFile, forgetFile } = this.#options;
    if (tokenFile === undefined) return;
    if (forgetFile && this.#token !== '') return;
    this.#token = (await readFile(tokenFile, 'utf8')).trim();
    if (forgetFile) await unlink(tokenFile);
  }

  /** Takes a new token and keeps it where the old one was. */
  async replace(token: string): Promise<void> {
    const { tokenFile, forgetFile } = this.#options;
    this.#token = token;
    if (tokenFile === undefined || forgetFile) return;
    await writeFile(`${tokenFile}.new`, token, { mode: 0o600 });
    await rename(`${tokenFile}.new`, tokenFile);
  }

  get headers(): Record<string, string> {
    const { origin } = this.#options;
    return {
      ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(origin === undefined ? {} : { origin }),
    };
  }
}
