import { expected, outOfRange } from '../base/errors.js';
import { checkNames, checkOption, type Option, type Options, type OptionValues, resolveOptions, showValue } from '../base/options.js';

/** Some of the parameters, with hyper-parameters of their own. What a group does not name it shares with the others, schedules included. */
export type ParameterGroup<O> = Partial<O> & {
  /** Whether a parameter belongs to the group, by its path, such as '0.bias'. */
  readonly match: (path: string) => boolean;
  /** Factor > 0 on the direction of these parameters, decay included: their learning rate over that of the others. @default 1 */
  readonly learningRateFactor?: number;
};

/**
 * Groups by name. In the state the name heads what is the group's own: 'bias.beta1' beside 'beta1'. A parameter is in one group at most.
 */
export type ParameterGroups<O> = Readonly<Record<string, ParameterGroup<O>>>;

/** A group with the values that are its own, checked. */
export type Group = {
  readonly name: string;
  readonly match: (path: string) => boolean;
  readonly own: Readonly<Record<string, number>>;
};

/** What the parameters outside of all groups are called in the state. */
export const OTHERS = 'others';

const LEARNING_RATE_FACTOR: Option = { kind: 'number', description: 'Factor on the direction.', range: '(0, inf)', default: 1 };

/**
 * Options of `who` together with its groups, which may have values of their own for the options `grouped`. Throws like `resolveOptions`, for
 * the options of groups too.
 */
export function resolveGroupedOptions<T extends Options>(
  who: string,
  table: T,
  grouped: readonly (keyof T & string)[],
  options: { readonly groups?: ParameterGroups<object> },
): OptionValues<T> & { readonly groups: readonly Group[] } {
  checkNames(who, [...Object.keys(table), 'groups'], options);
  const { groups = {}, ...given } = options;
  const ofGroups: Options = Object.fromEntries(grouped.map((name) => [name, table[name]!]));
  if (groups === null || typeof groups !== 'object' || Array.isArray(groups))
    throw expected(who, 'groups by name', showValue(groups), "for example { bias: { match: (path) => path.endsWith('bias') } }");
  const resolved = Object.entries(groups).map(([name, group]) => resolveGroup(who, name, group, ofGroups));
  return { ...resolveOptions(who, table, given), groups: resolved };
}

function resolveGroup(who: string, name: string, group: ParameterGroup<object>, ofGroups: Options): Group {
  if (!/^[\w-]+$/.test(name) || name === OTHERS)
    throw outOfRange(who, 'a group named in letters, digits, - and _', `'${name}'`, `'${OTHERS}' are those of no group`);
  const table: Options = { ...ofGroups, learningRateFactor: LEARNING_RATE_FACTOR };
  const whose = `${who} group '${name}'`;
  checkNames(whose, ['match', ...Object.keys(table)], group);
  const { match, ...values } = group;
  if (typeof match !== 'function')
    throw expected(whose, 'match to be a function of a path', showValue(match), "(path) => path.endsWith('bias')");
  const own = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [option, value] of own) checkOption(whose, option, table[option]!, value);
  return { name, match, own: Object.fromEntries(own) as Record<string, number> };
}

/** The group of the parameter at a path, or undefined where it is in none. */
export function groupOf(groups: readonly Group[], path: string): Group | undefined {
  return groups.find(({ match }) => match(path));
}

/** The name under which the state has a hyper-parameter of a group's own. */
export function ownName({ name }: Pick<Group, 'name'>, hyper: string): string {
  return `${name}.${hyper}`;
}

/** Throws RangeError where a group has no parameter, or a parameter is in two groups. */
export function checkGroups(who: string, groups: readonly Group[], paths: readonly string[]): void {
  for (const { name, match } of groups) {
    if (!paths.some((path) => match(path))) throw outOfRange(who, `group '${name}' to match a parameter`, `none of ${paths.join(', ')}`);
  }
  for (const path of paths) {
    const names = groups.filter(({ match }) => match(path)).map(({ name }) => `'${name}'`);
    if (names.length > 1) throw outOfRange(who, 'every parameter in one group at most', `'${path}' in ${names.join(' and ')}`);
  }
}
