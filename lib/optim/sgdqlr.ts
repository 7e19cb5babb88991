import { resolveOptions } from '../base/options.js';
import { sgdDirection } from './directions/sgd.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { modelDamping, QUADRATIC_MODEL_OPTIONS, type QuadraticModelOptions } from './quadratic-model.js';
import { quadraticStep } from './steps/quadratic.js';

/**
 * SGD-QLR: AdamQLR's learning rate and damping along the plain gradient, d = -g. Options and rules as for `adamqlr`; `sgdqlr.paper`
 * is the published damping rule.
 */
export function sgdqlr(options: QuadraticModelOptions = {}): Optimizer {
  return assemble('sgdqlr', options, false);
}

/** SGD-QLR with the published damping rule. */
sgdqlr.paper = (options: QuadraticModelOptions = {}): Optimizer => assemble('sgdqlr.paper', options, true);

function assemble(name: string, options: QuadraticModelOptions, lowerOnAscent: boolean): Optimizer {
  const model = resolveOptions(name, QUADRATIC_MODEL_OPTIONS, options);
  return optimizer({
    name,
    batchSize: 3200,
    direction: sgdDirection(),
    stepSize: quadraticStep(model.curvature),
    damping: modelDamping(model, lowerOnAscent),
  });
}
