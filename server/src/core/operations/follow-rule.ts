import type { Identity } from '../auth/index.ts';
import type { Event } from '../events/index.ts';
import type { ServiceModule } from '../module.ts';

/**
 * Who is sent which event. Operators are sent all; others what the module says to which the topic belongs by its
 * first word, and nothing where no module says anything.
 */
export function followRule(
  modules: readonly Pick<ServiceModule, 'name' | 'mayFollow'>[],
): (identity: Identity, event: Event) => boolean {
  const rules = new Map(modules.map(({ name, mayFollow }) => [name, mayFollow]));
  return (identity, event) => {
    if (identity.may('core.operate')) return true;
    const [owner = ''] = event.topic.split('.', 1);
    return rules.get(owner)?.(identity, event) === true;
  };
}
