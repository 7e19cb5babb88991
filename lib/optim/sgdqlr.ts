import type { Options } from '../base/options.js';
import { groupedDirection } from './directions/grouped.js';
import { sgdDirection } from './directions/sgd.js';
import { type ParameterGroups, resolveGroupedOptions } from './groups.js';
import type { Optimizer } from './optimizer.js';
import {
  DAMPING_RULE_OPTIONS,
  type DampingRuleOptions,
  modelDamping,
  modelJudge,
  modelStep,
  QUADRATIC_MODEL_OPTIONS,
  type QuadraticModelOptions,
} from './quadratic-model.js';
import {
  optimizerWithVariants,
  PUBLISHED,
  REPAIRED,
  type Rules,
  type StepVariantOptions,
  type UpdateVariantOptions,
  VARIANT_OPTIONS,
} from './variants.js';

/** The options that optimizers with a quadratic model share: the model, its damping, and variants of step and update. */
export type QlrOptions = QuadraticModelOptions & DampingRuleOptions & StepVariantOptions & UpdateVariantOptions;

/** Options of `sgdqlr`. */
export type SgdQlrOptions = QlrOptions & {
  /** Groups of parameters with a weightDecay or a factor on the direction of their own; step size and damping are those of the joint direction. @default none */
  readonly groups?: ParameterGroups<{ readonly weightDecay: number }>;
};

/** The options of `sgdqlr` as data. */
export const SGDQLR_OPTIONS = { ...QUADRATIC_MODEL_OPTIONS, ...DAMPING_RULE_OPTIONS, ...VARIANT_OPTIONS } as const satisfies Options;

/**
 * SGD-QLR: AdamQLR's learning rate and damping along the plain gradient, d = -g. Options and rules as for `adamqlr`; `sgdqlr.paper`
 * is the published code's rules.
 */
export function sgdqlr(options: SgdQlrOptions = {}): Optimizer {
  return assemble('sgdqlr', options, REPAIRED);
}

/** SGD-QLR with the published rules. */
sgdqlr.paper = (options: SgdQlrOptions = {}): Optimizer => assemble('sgdqlr.paper', options, PUBLISHED);

function assemble(name: string, options: SgdQlrOptions, rules: Rules): Optimizer {
  const model = resolveGroupedOptions(name, SGDQLR_OPTIONS, ['weightDecay'], options);
  return optimizerWithVariants(model, rules, {
    name,
    batchSize: 3200,
    direction: groupedDirection(name, {}, model.groups, sgdDirection),
    stepSize: modelStep(model),
    damping: modelDamping(name, model, rules),
    judge: modelJudge(model),
  });
}
