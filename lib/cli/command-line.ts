/** An argument as a shell takes it, in quotes where needed. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A command of this package that a user can type as it stands. */
export function command(...args: readonly string[]): string {
  return ['npx', 'adamqlr', ...args.map(quoted)].join(' ');
}
