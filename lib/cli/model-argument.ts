import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expected } from '../base/errors.js';
import type { Preprocessing } from '../data/table/preprocessing.js';
import { loadModel, type Model } from '../train/model.js';
import { command } from './command-line.js';
import { RUN_FILES } from './run-folder.js';

/** The file of a model: named itself, or in the folder of a run. */
export function modelPath(path: string): string {
  if (!existsSync(path))
    throw expected(path, 'a model file or the folder of a run', 'nothing of this name', 'runs write runs/NAME-N/model.safetensors');
  if (!statSync(path).isDirectory()) return path;
  const inside = join(path, RUN_FILES.model);
  if (existsSync(inside)) return inside;
  const hint = existsSync(join(path, RUN_FILES.checkpoint))
    ? `the run was ended before its model was saved; go on from its checkpoint: ${command('train', '--resume', path)}`
    : 'was the run ended before its model was saved?';
  throw expected(path, `the folder of a run with its ${RUN_FILES.model}`, 'one without', hint);
}

/** Loads the model of a file or of a run's folder, which must take rows of a table. */
export async function tableModel(path: string): Promise<{ readonly model: Model; readonly preprocessing: Preprocessing }> {
  const file = modelPath(path);
  const model = await loadModel(file);
  const { preprocessing } = model;
  if (preprocessing !== null) return { model, preprocessing };
  model.dispose();
  const hint = `such a model comes from ${command('train', 'FILE.csv', '--target', 'COLUMN')}`;
  throw expected(file, 'a model that was trained on a table', 'one that was not', hint);
}
