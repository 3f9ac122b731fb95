/** Where somebody wanted to go who had to pass a door first. */

const KEY = 'wanted';

/** Paths of doors, where nobody wants to be once he is in. */
export const DOORS = ['/sign-up', '/reset'];

/** For a way in that leaves this page. */
export function keepWanted(): void {
  const here = location.pathname + location.search;
  if (!DOORS.includes(location.pathname)) sessionStorage.setItem(KEY, here);
}

/** Where to go now that he is in; undefined: he is there. */
export function takeWanted(path: string): string | undefined {
  const wanted = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (path !== '/' && !DOORS.includes(path)) return undefined;
  return wanted ?? (path === '/' ? undefined : '/');
}
