/**
 * The plugin for a VO and a working group: that of `vo_group`, else of `vo`, else of `any`, else the built-in one
 * (panda-server 1.0.3, `getPlugin`). `named` says which plugin the operator chose for which of these keys.
 */
export function pluginFor<P>(
  plugins: ReadonlyMap<string, P>,
  named: Readonly<Record<string, string>>,
  vo: string | null,
  group: string | null,
  builtIn: P,
): P {
  for (const key of [`${vo}_${group}`, `${vo}`, 'any']) {
    const name = Object.hasOwn(named, key) ? named[key] : undefined;
    const plugin = name === undefined ? undefined : plugins.get(name);
    if (plugin !== undefined) return plugin;
  }
  return builtIn;
}

/** The word `local` as destination of a job stands for a VO of that name. */
export function pluginVo(vo: string | null, attributes: Readonly<Record<string, unknown>>): string | null {
  return attributes.destinationSE === 'local' ? 'local' : vo;
}
