import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import { checkMembers, membersOf } from '../contexts/context-members.store.ts';
import type { Observatory } from '../observatory/observatory.ts';

/** Why a context may not become the latest, as the refusal would say it; empty when it may. */
export async function obstaclesOf(core: Core, observatory: Observatory, context: string): Promise<string[]> {
  const members = await core.db.transaction((tx) => membersOf(tx, observatory.observatory, context));
  try {
    checkMembers(context, members, observatory.settings.contexts);
    return [];
  } catch (error) {
    if (error instanceof AppError) return [error.message];
    throw error;
  }
}
