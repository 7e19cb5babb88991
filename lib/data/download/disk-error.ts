import { expected } from '../../base/errors.js';

const FULL = ['ENOSPC', 'EDQUOT'];

/** What the user is told when `size` bytes cannot be written to a folder. */
export function diskError(folder: string, { code, message }: NodeJS.ErrnoException, size: number): TypeError {
  const full = code !== undefined && FULL.includes(code);
  const what = full ? `room for ${size} bytes` : 'a folder that can be written';
  return expected(folder, what, code ?? message, `${full ? 'free some space, or ' : ''}set ADAMQLR_CACHE to another folder`);
}
