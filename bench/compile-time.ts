/**
 * Time from a model to loadable plan bytes (trace, derivatives, passes, plan writing) in a fresh process: the first compilation and the
 * median of later ones, for the AdamQLR training program of 784-50-10; and a graph of 10,000 nodes.
 * Usage: node dist-test/bench/compile-time.js
 */
import { type CompiledProgram, compileProgram } from '../lib/compile/program.js';
import { glyphs } from '../lib/data/glyphs.js';
import { Spec } from '../lib/graph/node.js';
import { crossEntropy } from '../lib/losses/cross-entropy.js';
import { mlp } from '../lib/nn/mlp.js';
import { tanh } from '../lib/ops/elementwise.js';
import { adamqlr } from '../lib/optim/adamqlr.js';
import { inputSpec, placeExamples } from '../lib/train/examples.js';
import { placeModel } from '../lib/train/slots.js';
import { trainingProgram } from '../lib/train/training-program.js';
import { quantile, record } from './record.js';

const { train } = glyphs({ train: 3200, validation: 0, test: 1 });

function mlpProgram(): CompiledProgram {
  const loss = crossEntropy();
  const model = placeModel(mlp([784, 50, 10]), inputSpec(train.features, 'float32'));
  const examples = placeExamples('bench', 'train', train, model.definition.output, loss, 'float32');
  const training = {
    model,
    loss,
    optimizer: adamqlr(),
    examples,
    count: train.count,
    resident: train.count,
    batchSize: 3200,
    validation: null,
    validationSlots: {},
  };
  return compileProgram(trainingProgram(training));
}

function chainProgram(nodes: number): CompiledProgram {
  return compileProgram({
    capacity: {},
    slots: { x: { spec: new Spec('float32', [64]), kind: 'state' } },
    plans: {
      step({ x }) {
        let y = x!;
        for (let i = 0; i < nodes / 2; i++) y = tanh(y).add(x!);
        return { state: { x: y } };
      },
    },
  });
}

function time(f: () => unknown): number {
  const start = performance.now();
  f();
  return performance.now() - start;
}

const firstMs = time(mlpProgram);
const later = Array.from({ length: 20 }, () => time(mlpProgram));
const tenThousandNodesMs = time(() => chainProgram(10_000));
record('compile-time', { firstMs, laterMedianMs: quantile(later, 0.5), tenThousandNodesMs });
