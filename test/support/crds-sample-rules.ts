import {
  Context,
  compileRmap,
  type Mapping,
  type MappingSource,
  type Rmap,
  readMapping,
} from '../../server/src/crds/rules/index.ts';

/** What a test says about an rmap: the selector and the parameters of its levels as a file writes them, and more of the header. */
export interface SampleRules {
  readonly parkey: string;
  readonly selector: string;
  readonly observatory?: string;
  readonly instrument?: string;
  readonly filekind?: string;
  /** Lines such as `'rmap_omit' : '(X == "Y")',`. */
  readonly header?: string;
}

/** The text of an rmap, without a sum. */
export function sampleText(rules: SampleRules): string {
  const { observatory = 'demo', instrument = 'cam', filekind = 'bias' } = rules;
  return `header = {
    'mapping' : 'REFERENCE', 'observatory' : '${observatory}', 'instrument' : '${instrument}',
    'filekind' : '${filekind}', 'name' : '${sampleName(rules)}', 'derived_from' : 'none',
    'parkey' : ${rules.parkey},
    ${rules.header ?? ''}
}
selector = ${rules.selector}
`;
}

function sampleName({ observatory = 'demo', instrument = 'cam', filekind = 'bias' }: SampleRules): string {
  return `${observatory}_${instrument}_${filekind}_0001.rmap`;
}

function sampleMapping(rules: SampleRules): Mapping {
  return readMapping(sampleText(rules), { name: sampleName(rules), ignoreSum: true });
}

export function sampleRmap(rules: SampleRules): Rmap {
  return compileRmap(sampleMapping(rules));
}

/** A context of one instrument; types lead to rules or to a special word. */
export function sampleSource(
  types: Readonly<Record<string, SampleRules | string>>,
  observatory = 'demo',
): MappingSource & { reads: string[] } {
  const files = new Map<string, Mapping>();
  const entries = Object.entries(types).map(([type, rules]) => {
    if (typeof rules === 'string') return `'${type}' : '${rules}',`;
    const mapping = sampleMapping({ observatory, filekind: type, ...rules });
    files.set(mapping.name, mapping);
    return `'${type}' : '${mapping.name}',`;
  });
  const head = (kind: string, name: string, parkey: string, more = ''): string =>
    `header = {'mapping' : '${kind}', 'observatory' : '${observatory}', 'name' : '${name}', 'derived_from' : 'none', 'parkey' : ('${parkey}',), ${more}}\n`;
  const add = (name: string, text: string): void => {
    files.set(name, readMapping(text, { name, ignoreSum: true }));
  };
  const imap = `${observatory}_cam_0001.imap`;
  add(
    imap,
    `${head('INSTRUMENT', imap, 'REFTYPE', "'instrument' : 'CAM',")}selector = {${entries.join('\n')}}\n`,
  );
  const pmap = `${observatory}_0001.pmap`;
  add(
    pmap,
    `${head('PIPELINE', pmap, 'INSTRUME')}selector = {'CAM' : '${imap}', 'OLD' : 'N/A', 'LOST' : 'lost.imap'}\n`,
  );
  const reads: string[] = [];
  return {
    reads,
    read: (name) => {
      reads.push(name);
      const mapping = files.get(name);
      if (mapping === undefined) throw new Error(`no file ${name}`);
      return mapping;
    },
  };
}

/** The context of `sampleSource`, loaded. */
export async function sampleContext(
  types: Readonly<Record<string, SampleRules | string>>,
  observatory = 'demo',
): Promise<Context> {
  const context = await Context.open(`${observatory}_0001.pmap`, sampleSource(types, observatory));
  await context.load('cam');
  return context;
}
