import type { Db, Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import {
  countLocked,
  deleteView,
  insertView,
  isNameTaken,
  lockView,
  updateView,
  type ViewRow,
} from './view.store.ts';

/** Over all lists; enough for a person, and a bound for a script that runs wild. */
export const maxViewsPerAccount = 100;

export interface ViewWish {
  list: string;
  name: string;
  query: string;
  shared: boolean;
}

export interface ViewChange {
  name?: string;
  query?: string;
  shared?: boolean;
  /** Puts it before all others of its list. */
  first?: boolean;
}

/** Saves a view behind the others of its list. Throws `views.too-many`, `views.name-taken`, `views.text-invalid`. */
export async function createView(db: Db, accountId: number, wish: ViewWish): Promise<ViewRow> {
  const name = checkedName(wish.name);
  checkText(wish.query);
  return await db.transaction(async (tx) => {
    const count = await countLocked(tx, accountId);
    if (count >= maxViewsPerAccount) throw tooMany();
    const viewId = unguessableId();
    await demandFreeName(tx, { accountId, list: wish.list, name, except: viewId });
    await insertView(tx, { ...wish, name, viewId, accountId });
    return await getLocked(tx, viewId);
  });
}

/**
 * Changes a view of this account. Throws `views.view-unknown`, also for a view of another that is not shared,
 * `views.view-of-another`, `views.name-taken` and `views.text-invalid`.
 */
export async function changeView(
  db: Db,
  accountId: number,
  viewId: string,
  { first = false, ...change }: ViewChange,
): Promise<ViewRow> {
  const name = change.name === undefined ? undefined : checkedName(change.name);
  if (change.query !== undefined) checkText(change.query);
  return await db.transaction(async (tx) => {
    const view = await getOwn(tx, accountId, viewId);
    if (name !== undefined) {
      await countLocked(tx, accountId);
      await demandFreeName(tx, { accountId, list: view.list, name, except: viewId });
    }
    const next = { ...view, ...change, ...(name === undefined ? {} : { name }) };
    await updateView(tx, next, first);
    return await getLocked(tx, viewId);
  });
}

/** Deletes a view of this account; with `any` also one that another shares. Throws as `changeView` does. */
export async function removeView(db: Db, accountId: number, viewId: string, any: boolean): Promise<void> {
  await db.transaction(async (tx) => {
    const view = await getLocked(tx, viewId);
    if (!(any && view.shared)) demandOwn(view, accountId);
    await deleteView(tx, viewId);
  });
}

async function getLocked(tx: Tx, viewId: string): Promise<ViewRow> {
  const view = await lockView(tx, viewId);
  if (view === null) throw viewUnknown();
  return view;
}

async function getOwn(tx: Tx, accountId: number, viewId: string): Promise<ViewRow> {
  const view = await getLocked(tx, viewId);
  demandOwn(view, accountId);
  return view;
}

/** Views of others that are not shared are as good as not there. */
function demandOwn(view: ViewRow, accountId: number): void {
  if (view.accountId === accountId) return;
  if (!view.shared) throw viewUnknown();
  throw new AppError('forbidden', 'views.view-of-another', `This view belongs to ${view.owner}.`, {
    next: 'Save it under a name of your own.',
  });
}

async function demandFreeName(tx: Tx, view: Parameters<typeof isNameTaken>[1]): Promise<void> {
  if (!(await isNameTaken(tx, view))) return;
  throw new AppError('conflict', 'views.name-taken', `You have a view "${view.name}" of this list already.`, {
    next: 'Choose another name, or change that view.',
  });
}

/** One line without blanks at its ends. */
function checkedName(name: string): string {
  const trimmed = name.trim();
  checkText(trimmed);
  if (trimmed !== '') return trimmed;
  throw textInvalid('A view needs a name.');
}

function checkText(text: string): void {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text))
    throw textInvalid('The text holds a control character or half a character.');
}

function textInvalid(message: string): AppError {
  return new AppError('invalid', 'views.text-invalid', message, { next: 'Correct it and save again.' });
}

function viewUnknown(): AppError {
  return new AppError('missing', 'views.view-unknown', 'There is no such view.', {
    next: 'It may have been deleted, or is no longer shared.',
  });
}

function tooMany(): AppError {
  return new AppError('conflict', 'views.too-many', `You have ${maxViewsPerAccount} saved views already.`, {
    next: 'Delete one that you do not need.',
  });
}
