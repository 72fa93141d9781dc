/** The cookie of a session and how it is sent. */
export interface SessionCookie {
  readonly name: string;
  readonly options: {
    readonly path: '/';
    readonly httpOnly: true;
    readonly sameSite: 'lax';
    readonly secure: boolean;
  };
}

/**
 * `__Host-orrery` under a public https address; plain `orrery` otherwise, because browsers refuse the prefix over
 * http and Python's requests would not send it back.
 */
export function sessionCookie(publicUrl: string | undefined): SessionCookie {
  const secure = publicUrl?.toLowerCase().startsWith('https:') ?? false;
  return {
    name: secure ? '__Host-orrery' : 'orrery',
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure },
  };
}
