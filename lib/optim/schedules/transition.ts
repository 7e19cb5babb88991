import { checkNames } from '../../base/options.js';
import { checkFinite, checkSteps, type Transition } from './schedule.js';

/** Throws for unknown names, wrong kinds and ranges. */
export function checkTransition(who: string, options: Transition): void {
  checkNames(who, ['from', 'to', 'steps'], options);
  checkFinite(who, 'from', options.from);
  checkFinite(who, 'to', options.to);
  if (options.steps !== undefined) checkSteps(who, options.steps);
}
