/** What the codes of the system mean for someone who wanted to read or write a file. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that is read-only',
  ENOSPC: 'a full disk',
  EDQUOT: 'a used-up disk quota',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a file where a folder should be',
  EISDIR: 'a folder',
  EEXIST: 'something there already',
};

/** Whether an error came from the system, with a code such as ENOENT. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;
}

/** The error of the system as our sentence: `PATH: expected WHAT, got a full disk (ENOSPC)`. Other errors are returned as they are. */
export function fileError(path: string, what: string, error: unknown, hint?: string): unknown {
  if (!isSystemError(error)) return error;
  const reason = REASONS[error.code!];
  const got = reason === undefined ? error.code! : `${reason} (${error.code})`;
  return new Error(`${path}: expected ${what}, got ${got}${hint === undefined ? '' : `; ${hint}`}`);
}
