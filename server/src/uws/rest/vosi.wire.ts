import { attributes, escapeText } from '../xml/write.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** How a caller may say who it is, by the identifiers of IVOA SSO 2.0; an empty one: without saying it. */
function securityMethods(isOpen: boolean): string {
  const named = ['BasicAA', 'OAuth'].map((method) => `ivo://ivoa.net/sso#${method}`);
  return [...(isOpen ? [undefined] : []), ...named]
    .map((standardID) => `<securityMethod${attributes({ standardID })}/>`)
    .join('');
}

interface Capability {
  /** Null: the resource has no identifier of its own in any standard. */
  standardID: string | null;
  description: string;
  url: string;
  use: 'base' | 'full';
  security: string;
}

function capability({ standardID, description, url, use, security }: Capability): string {
  return `  <capability${attributes({ standardID })}>
    <description>${escapeText(description)}</description>
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="${use}">${escapeText(url)}</accessURL>${security}</interface>
  </capability>
`;
}

/**
 * What a service offers and where (VOSI 1.1, section 3.1). `root` is `{BASE}/rest/{name}`; `isOpen`: jobs may be
 * run without an account. The elements within are unqualified in their schema, VOResource 1.0.
 */
export function renderCapabilities(root: string, isOpen: boolean): string {
  const security = securityMethods(isOpen);
  const list: Capability[] = [
    {
      standardID: 'ivo://ivoa.net/std/UWS#rest-1.1',
      description: 'The job list.',
      url: `${root}/async`,
      use: 'base',
      security,
    },
    {
      standardID: null,
      description: 'Runs a job and redirects to its main result.',
      url: `${root}/sync`,
      use: 'base',
      security,
    },
    ...(['capabilities', 'availability'] as const).map(
      (word): Capability => ({
        standardID: `ivo://ivoa.net/std/VOSI#${word}`,
        description: word === 'capabilities' ? 'This document.' : 'Whether the service works at the moment.',
        url: `${root}/${word}`,
        use: 'full',
        security: '',
      }),
    ),
  ];
  return `${declaration}<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
${list.map(capability).join('')}</vosi:capabilities>
`;
}

export interface Availability {
  upSince: Date;
  /** Why the service takes no work now; null = it does. */
  fault: string | null;
}

/** Whether the service works (VOSI 1.1, section 3.2). */
export function renderAvailability({ upSince, fault }: Availability): string {
  const note = fault === null ? '' : `\n  <vosi:note>${escapeText(fault)}</vosi:note>`;
  return `${declaration}<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">
  <vosi:available>${fault === null}</vosi:available>
  <vosi:upSince>${upSince.toISOString()}</vosi:upSince>${note}
</vosi:availability>
`;
}
