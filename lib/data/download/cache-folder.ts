import { homedir } from 'node:os';
import { join } from 'node:path';

/** What decides where downloads are kept. */
type Surroundings = { readonly env: Readonly<Record<string, string | undefined>>; readonly platform: string; readonly home: string };

/**
 * Folder for downloaded files: `$ADAMQLR_CACHE`, else `adamqlr` in `$XDG_CACHE_HOME` (XDG Base Directory Specification), else in the folder
 * that the platform has for it: `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows, `~/.cache` elsewhere.
 */
export function cacheFolder(
  { env, platform, home }: Surroundings = { env: process.env, platform: process.platform, home: homedir() },
): string {
  const set = (name: string) => (env[name] === '' ? undefined : env[name]); // the specification treats empty like unset
  const own = set('ADAMQLR_CACHE');
  if (own !== undefined) return own;
  const xdg = set('XDG_CACHE_HOME');
  if (xdg !== undefined) return join(xdg, 'adamqlr');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'adamqlr');
  if (platform === 'win32') return join(set('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'), 'adamqlr', 'cache');
  return join(home, '.cache', 'adamqlr');
}
