import type { Task } from '../data/dataset.js';
import { crossEntropy } from '../losses/cross-entropy.js';
import { squaredError } from '../losses/squared-error.js';
import { flatten } from '../nn/flatten.js';
import type { Layer } from '../nn/layer.js';
import { mlp } from '../nn/mlp.js';
import { sequential } from '../nn/sequential.js';
import type { RunReport } from '../report/records.js';
import { stepsPerEpoch } from '../train/calls.js';
import type { Report } from '../train/report.js';
import { Trainer } from '../train/trainer.js';
import type { Run, RunOptions, Score } from './run.js';
import { usage } from './usage-error.js';

const LOSSES = { crossEntropy, squaredError } as const;

function toRunReport(report: Report): RunReport {
  const { epoch, step, steps, trainLoss, validationLoss, validationAccuracy, learningRate, damping, rho, seconds } = report;
  return {
    epoch,
    step,
    steps,
    trainLoss,
    ...(validationLoss === undefined ? {} : { valLoss: validationLoss }),
    ...(validationAccuracy === undefined ? {} : { valAccuracy: validationAccuracy }),
    learningRate,
    ...(damping === undefined ? {} : { damping }),
    ...(rho === undefined ? {} : { rho }),
    seconds,
  };
}

/** The perceptron that a task names, on flattened examples where they have several axes. */
function modelOf({ layers, train }: Task): Layer {
  return train.features.shape.length > 1 ? sequential(flatten(), mlp(layers)) : mlp(layers);
}

/**
 * A multi-layer perceptron on a task's data. Without a batch size: the larger of the task's and the optimizer's own, at most n.
 * `told`: further facts about the data.
 */
export function datasetRun(task: Task, options: RunOptions, told: Run['facts'] = {}): Run {
  const { dtype = 'float32', epochs = task.epochs, seed, threads } = options;
  const optimizer = options.makeOptimizer();
  const { count } = task.train;
  if (options.batchSize !== undefined && options.batchSize > count) {
    throw usage('adamqlr train', `--batch-size to be at most the ${count} training examples of ${task.name}`, String(options.batchSize));
  }
  const batchSize = options.batchSize ?? Math.min(count, Math.max(task.batchSize, optimizer.defaultBatchSize(count)));
  const model = modelOf(task);
  const trainer = new Trainer({ model, loss: LOSSES[task.loss](), optimizer, dtype, seed, ...(threads === undefined ? {} : { threads }) });
  let last: RunReport | null = null;
  return {
    facts: { task: task.name, ...told, optimizer: options.optimizerName, batch: batchSize, epochs, seed, dtype },
    settings: { epochs, batchSize, seed, dtype },
    steps: epochs * stepsPerEpoch(count, batchSize),
    reports: epochs,
    async *train(signal) {
      const validation = task.validation === null ? {} : { validation: task.validation };
      for await (const report of trainer.fit(task.train, { epochs, batchSize, signal, report: { every: 'epoch' }, ...validation })) {
        last = toRunReport(report);
        yield last;
      }
    },
    async finish() {
      const train: Score = await trainer.evaluate(task.train);
      const validation: Score | null = task.validation === null ? null : await trainer.evaluate(task.validation);
      const test: Score = await trainer.evaluate(task.test);
      return { train, validation, test, steps: trainer.steps, seconds: last?.seconds ?? 0 };
    },
    dispose: () => trainer.dispose(),
  };
}
