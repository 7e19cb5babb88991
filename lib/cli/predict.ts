import type { Answer } from '../data/table/answers.js';
import type { Preprocessing, Row, TargetSpec } from '../data/table/preprocessing.js';
import type { Model } from '../train/model.js';
import { csvLine } from './csv-text.js';
import { Interrupts } from './interrupts.js';
import { modelPath, tableModel } from './model-argument.js';
import { rowsFor } from './model-rows.js';
import { checkOutput, isStandardOutput, writeOutput } from './output-file.js';

/** How predictions are written. */
export type PredictOptions = {
  /** File to write; undefined: standard output. */
  readonly out: string | undefined;
  /** Whether the columns of the input go in front. */
  readonly keep: boolean;
};

/** Digits of predictions: those of the model's own numbers. */
const DIGITS = 9;

const numberText = (value: number) => String(Number(value.toPrecision(DIGITS)));

/** Columns of the predictions: the target, and for classes the probability of each. */
function predictedColumns(target: TargetSpec): string[] {
  return target.kind === 'regression' ? [target.name] : [target.name, ...target.classes.map((name) => `${target.name}: ${name}`)];
}

function predictedFields(target: TargetSpec, answer: Answer): string[] {
  if ('value' in answer) return [numberText(answer.value)];
  const classes = target.kind === 'classification' ? target.classes : [];
  return [answer.class, ...classes.map((name) => numberText(answer.probabilities[name]!))];
}

/** The header; where the input has a column of the same name, that of the prediction gets another one. */
function header(input: readonly string[], predicted: readonly string[]): string {
  const name = (column: string): string => (input.includes(column) ? name(`predicted ${column}`) : column);
  return csvLine([...input, ...predicted.map(name)]);
}

const text = (value: Row[string]) => (value === null || value === undefined ? '' : String(value));

/** The lines of the predictions for a file, piece by piece. */
async function* predictions(
  model: Model,
  preprocessing: Preprocessing,
  path: string,
  keep: boolean,
): AsyncGenerator<string, void, undefined> {
  const { target } = preprocessing;
  let columns: readonly string[] | null = null;
  for await (const { rows, where } of rowsFor(preprocessing, path, false)) {
    if (columns === null) {
      columns = keep ? Object.keys(rows[0]!) : [];
      yield header(columns, predictedColumns(target));
    }
    const kept = columns;
    const { data } = await model.predict(preprocessing.features(rows, where));
    const lines = preprocessing
      .answers(data)
      .map((answer, at) => csvLine([...kept.map((name) => text(rows[at]![name])), ...predictedFields(target, answer)]));
    yield lines.join('');
  }
}

async function* encoded(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  for await (const line of lines) {
    signal.throwIfAborted();
    yield encoder.encode(line);
  }
}

/** Writes a file, whole or after Ctrl-C not at all; returns the exit code. */
async function write(lines: AsyncIterable<string>, out: string): Promise<number> {
  using interrupts = new Interrupts();
  const { signal } = interrupts;
  try {
    await writeOutput(out, encoded(lines, signal));
    return 0;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return interrupts.code;
    throw error;
  }
}

/** Writes to standard output no faster than it is read. */
async function print(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

/** Runs `adamqlr predict`; returns the exit code. */
export async function predict(modelName: string, path: string, { out, keep }: PredictOptions): Promise<number> {
  const { model, preprocessing } = await tableModel(modelName);
  try {
    if (out !== undefined)
      checkOutput('adamqlr predict', out, [
        ['FILE', path],
        ['MODEL', modelPath(modelName)],
      ]);
    const lines = predictions(model, preprocessing, path, keep);
    if (out === undefined || isStandardOutput(out)) {
      await print(lines);
      return 0;
    }
    const code = await write(lines, out);
    if (code === 0) process.stderr.write(`predictions of ${preprocessing.target.name} in ${out}\n`);
    return code;
  } finally {
    model.dispose();
  }
}
