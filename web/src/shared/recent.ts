interface RecentPage {
  label: string;
  to: string;
}

const key = 'orrery.recent';

/** The last objects this browser looked at, newest first. */
export function recentPages(): RecentPage[] {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? '[]') as RecentPage[];
    return Array.isArray(list) ? list.slice(0, 6) : [];
  } catch {
    return [];
  }
}

export function rememberPage(page: RecentPage): void {
  const others = recentPages().filter((each) => each.to !== page.to);
  localStorage.setItem(key, JSON.stringify([page, ...others].slice(0, 6)));
}
