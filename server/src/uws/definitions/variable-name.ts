/** The name of a shell variable; a parameter or result may hold dashes, a variable may not. */
export function variableName(name: string): string {
  return name.replaceAll('-', '_');
}
