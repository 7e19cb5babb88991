import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expected } from '../base/errors.js';
import { OPTIMIZERS } from '../optim/registry.js';
import { chromeTrace } from '../report/chrome-trace.js';
import type { RunReport } from '../report/records.js';
import { CheckpointClock } from './checkpoint-clock.js';
import { command } from './command-line.js';
import { Divergence } from './divergence.js';
import { environment } from './environment.js';
import { ENDINGS, type Ending } from './exit-codes.js';
import { fileError } from './file-error.js';
import { fingerprint } from './fingerprint.js';
import { Interrupts } from './interrupts.js';
import { profileTable } from './profile-table.js';
import { type Progress, progress } from './progress.js';
import { checkSameFile, TABLE_FINGERPRINT } from './resumable.js';
import type { Run } from './run.js';
import { ENVIRONMENT } from './run-config.js';
import { RUN_FILES, type RunFolder, runFolder } from './run-folder.js';
import { lockRun } from './run-lock.js';
import { finalRecord, RunRecord } from './run-record.js';
import { listed, resultTable } from './text-table.js';
import type { TrainRequest } from './train-command.js';
import { readRun, writeReport } from './write-report.js';

const QUIET: Progress = { report() {}, note() {}, end() {} };

/** Where reports go. */
type Followers = { readonly record: RunRecord; readonly shown: Progress; readonly divergence: Divergence };

/** Feeds reports to the record and the progress until the run ends or is stopped; now and then writes a checkpoint. */
async function follow(
  run: Run,
  checkpoint: string,
  every: number,
  { record, shown, divergence }: Followers,
  { signal }: Interrupts,
): Promise<void> {
  const clock = new CheckpointClock(every);
  const { keeper } = run;
  try {
    for await (const report of run.train(signal)) {
      record.write(report);
      shown.report(report);
      divergence.add(report);
      if (keeper !== null && clock.due) await clock.write(() => keeper.saveCheckpoint(checkpoint));
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    shown.end();
  }
}

/** Writes model and checkpoint, where there is a model that has begun to train. */
async function keep({ keeper }: Run, folder: string): Promise<void> {
  if (keeper?.begun !== true) return;
  await keeper.saveModel(join(folder, RUN_FILES.model));
  await keeper.saveCheckpoint(join(folder, RUN_FILES.checkpoint));
}

/** Where the files of a run are. */
function savedIn(folder: string): string {
  const there = Object.values(RUN_FILES).filter((name) => existsSync(join(folder, name)));
  return `saved in ${folder}: ${there.join(', ')}`;
}

/** Commands that go on from here, one per line. */
function nextCommands({ keeper, target }: Run, folder: string, stopped: boolean): string {
  const lines: (readonly [string, string])[] = [];
  if (stopped && keeper?.begun === true) lines.push(['go on:', command('train', '--resume', folder)]);
  if (target !== null && keeper?.begun === true)
    lines.push([`${target} of new rows:`, command('predict', join(folder, RUN_FILES.model), 'new.csv', '--out', 'predictions.csv')]);
  return lines.length === 0 ? '' : `${listed(lines)}\n`;
}

/** Prints what came out of a configuration and the command line together. */
function printConfig(path: string, resolved: Readonly<Record<string, unknown>>): void {
  const lines = listed(
    Object.entries(resolved).map(([name, value]) => [name, JSON.stringify(value)] as const),
    '  ',
  );
  process.stderr.write(`${path} and the command line together:\n${lines}\n`);
}

/** A run that is ready, and where its files go. */
type Ready = {
  readonly run: Run;
  readonly folder: string;
  readonly machine: Record<string, string | number>;
  /** The reports of a run that goes on. */
  readonly before: readonly RunReport[];
};

/** Tells where a run went the wrong way. */
function warn(divergence: Divergence, { settings }: Run, { options: { optimizerName } }: TrainRequest): void {
  const sentence = divergence.sentence(optimizerName, [...Object.keys(settings), ...Object.keys(OPTIMIZERS[optimizerName]!.options)]);
  if (sentence !== null) process.stderr.write(`${sentence}\n`);
}

/** Times a step, writes the trace and prints what was dearest: beside the lines of --json, not among them. */
async function profiled(run: Run, folder: string, json: boolean): Promise<void> {
  const profile = await run.profile();
  const path = join(folder, RUN_FILES.profile);
  try {
    writeFileSync(path, JSON.stringify(chromeTrace(profile)));
  } catch (error) {
    throw fileError(path, 'a file that can be written', error);
  }
  const out = json ? process.stderr : process.stdout;
  out.write(`${profileTable(profile)}\ntrace for chrome://tracing or https://ui.perfetto.dev: ${path}\n`);
}

/** Trains and writes down how it goes; returns the exit code. */
async function recorded(request: TrainRequest, { run, folder, machine, before }: Ready): Promise<number> {
  const { json, tensorboard, config, configPath } = request;
  const resolved = { ...config, ...run.settings };
  if (configPath !== undefined) printConfig(configPath, resolved);
  const record = new RunRecord(folder, { ...resolved, [ENVIRONMENT]: machine }, { stdout: json, tensorboard, before });
  // Lines would only repeat the JSON; a bar on a terminal does not.
  const shown = json && process.stderr.isTTY !== true ? QUIET : progress(process.stderr, run.steps, run.reports);
  const divergence = new Divergence();
  for (const report of before) divergence.add(report);
  if (!json) process.stderr.write(run.columns.map((text) => `${text}\n`).join(''));
  using interrupts = new Interrupts(() => shown.note('stopping after this step; once more to quit at once'));
  let kept = false;
  try {
    if (request.profile) await profiled(run, folder, json);
    await follow(run, join(folder, RUN_FILES.checkpoint), request.checkpointEvery, { record, shown, divergence }, interrupts);
    kept = true;
    await keep(run, folder); // before scoring, which takes time in which the process may be ended
    const result = await run.finish();
    record.write(finalRecord(result, interrupts.stopped));
    record.close();
    writePage(folder);
    if (!json) process.stdout.write(`${resultTable(run, result)}\n${savedIn(folder)}\n${nextCommands(run, folder, interrupts.stopped)}`);
    else if (interrupts.stopped && run.keeper !== null) process.stderr.write(`go on: ${command('train', '--resume', folder)}\n`);
    warn(divergence, run, request);
    return interrupts.code;
  } catch (error) {
    record.close();
    // What failed first is what the user must hear of.
    if (!kept) await keep(run, folder).catch(() => {});
    writeLastPage(folder, json);
    throw error;
  }
}

function writePage(folder: string): void {
  const run = readRun(folder);
  writeReport(join(folder, RUN_FILES.report), run.name, [run]);
}

/** The page of a run that failed, if it can be written. */
function writeLastPage(folder: string, json: boolean): void {
  try {
    writePage(folder);
    if (!json) process.stderr.write(`${savedIn(folder)}\n`);
  } catch {}
}

/** Loads the data and compiles the run; one that cannot begin, or is interrupted before it does, leaves no folder. */
async function prepared(
  { prepare, options, resume, table: path }: TrainRequest,
  folder: RunFolder,
): Promise<Pick<Ready, 'run' | 'before'> & { readonly table: Record<string, string> }> {
  const quit = (name: NodeJS.Signals) => {
    folder.remove();
    process.exit(ENDINGS[name as Ending]);
  };
  for (const name of Object.keys(ENDINGS)) process.on(name, quit);
  let run: Run | null = null;
  try {
    // Before loading, which would speak of what follows from a change; a file that cannot be read is left to it.
    const print = path === undefined ? null : await fingerprint(path);
    if (resume !== undefined && print !== null) checkSameFile(resume, path!, print);
    const table: Record<string, string> = print === null ? {} : { [TABLE_FINGERPRINT]: print };
    run = await prepare(options);
    if (resume === undefined) return { run, before: [], table };
    if (run.keeper === null) throw expected(resume, 'the run of a model', 'one without a model', 'it is short; begin anew');
    return { run, before: await run.keeper.restore(join(resume, RUN_FILES.checkpoint)), table };
  } catch (error) {
    run?.dispose();
    folder.remove();
    throw error;
  } finally {
    for (const name of Object.keys(ENDINGS)) process.off(name, quit);
  }
}

/** Takes a folder for this process; returns what gives it back. */
function locked(folder: RunFolder): () => void {
  try {
    return lockRun(folder.path);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** Runs `adamqlr train`; returns the exit code. */
export async function train(request: TrainRequest): Promise<number> {
  const machine = environment(request.options.threads);
  const { resume } = request;
  // Before any work: a place that cannot be written is found now.
  const folder = resume === undefined ? runFolder(request.name, request.out) : { path: resume, remove() {} };
  const unlock = locked(folder);
  const remove = () => {
    unlock();
    folder.remove();
  };
  const { run, before, table } = await prepared(request, { path: folder.path, remove });
  try {
    return await recorded(request, { run, before, folder: folder.path, machine: { ...machine, ...table } });
  } finally {
    run.dispose();
    unlock();
  }
}
