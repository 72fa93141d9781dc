interface ObservatoryPage {
  label: string;
  to: string;
  needs: string;
  also?: string;
}

/** The pages of the observatory that an address below `/calibration` names; undefined where it names none. */
export function pagesOfObservatory(path: string): ObservatoryPage[] | undefined {
  const observatory = /^\/calibration\/([^/]+)/.exec(path)?.[1];
  if (observatory === undefined) return undefined;
  const base = `/calibration/${observatory}`;
  const page = (label: string, part: string, also?: string): ObservatoryPage => ({
    label,
    to: `${base}${part}`,
    needs: 'crds.read',
    ...(also === undefined ? {} : { also: `${base}${also}` }),
  });
  return [
    page('Overview', ''),
    page('Best references', '/best-references'),
    page('Explore', '/explore'),
    page('Contexts', '/contexts', '/diff'),
    page('Files', '/files', '/search'),
    page('Affected data', '/affected'),
    page('Datasets', '/datasets'),
    page('Mirror and scrub', '/soundness'),
    page('Nightly report', '/nightly'),
  ];
}
