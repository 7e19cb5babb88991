import { constant as value } from '../../ops/sources.js';
import { checkFinite, type Schedule } from './schedule.js';

/** The same number in every step: v(t) = c. Meant to be composed. */
export function constant(c: number): Schedule {
  checkFinite('schedule.constant', 'the value', c);
  return () => value(c);
}
