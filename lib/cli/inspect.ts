import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { native } from '../runtime/load.js';
import type { NativeInfo } from '../runtime/native.js';
import { listed } from './text-table.js';

/** One thing that training would use, and why that one. */
type Choice = { readonly use: string | number; readonly why: string };

/** What `adamqlr inspect --json` prints. */
export type Inspection = {
  readonly version: string;
  readonly platform: string;
  readonly node: string;
  readonly processor: string;
  /** Logical processors of the machine, and those this process may run on. */
  readonly cores: { readonly machine: number; readonly usable: number };
  readonly memoryGiB: number;
  readonly addon: Choice & { readonly napi: number; readonly compiler: string };
  readonly instructions: Choice & { readonly processor: string };
  readonly blas: Choice & NativeInfo['blas'];
  readonly threads: Choice;
};

/** The file of the addon: native modules are in the loader's cache like all others. */
function addonPath(): string {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).find((path) => path.endsWith('.node')) ?? 'unknown';
}

function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

function addonReason(path: string): string {
  if (setting('ADAMQLR_BINARY') !== undefined) return 'ADAMQLR_BINARY names it';
  return path.includes('node_modules') ? 'the binary package of this platform' : 'it was built in this checkout';
}

function blasReason({ name }: NativeInfo['blas']): string {
  return name === 'built-in'
    ? 'the addon was built without a BLAS library; its own kernels multiply matrices'
    : 'found when the addon was built; one thread per call, work is divided by adamqlr';
}

function instructionReason({ isa, isaUsed }: NativeInfo): string {
  if (setting('ADAMQLR_ISA') !== undefined) return `ADAMQLR_ISA=${setting('ADAMQLR_ISA')}`;
  return isa === isaUsed ? 'the best of this processor' : `the best of this build; the processor has ${isa}`;
}

function threadReason(threads: number): string {
  if (setting('ADAMQLR_NUM_THREADS') !== undefined) return `ADAMQLR_NUM_THREADS=${setting('ADAMQLR_NUM_THREADS')}`;
  return threads === 1 ? 'one CPU may be used by this process' : `${threads} CPUs may be used by this process; --threads changes it`;
}

/** Loads the addon and asks it and the system what training would run on. Throws NativeLoadError without a usable addon. */
export function inspection(): Inspection {
  const info = native().info();
  const path = addonPath();
  const processors = cpus();
  return {
    version: info.version,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: { machine: processors.length, usable: availableParallelism() },
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    addon: { use: path, why: addonReason(path), napi: info.napi, compiler: info.compiler },
    instructions: { use: info.isaUsed, why: instructionReason(info), processor: info.isa },
    blas: { use: info.blas.name, why: blasReason(info.blas), ...info.blas },
    threads: { use: info.threads, why: threadReason(info.threads) },
  };
}

function text(found: Inspection): string {
  const choice = ({ use, why }: Choice) => `${use} (${why})`;
  const { blas } = found;
  const details = [blas.config, blas.core].filter((detail) => detail !== '').join(', ');
  return listed([
    ['adamqlr', found.version],
    ['platform', `${found.platform}, Node ${found.node}, Node-API ${found.addon.napi}`],
    [
      'processor',
      `${found.processor}, ${found.cores.machine} logical cores, ${found.cores.usable} usable, ${found.memoryGiB} GiB of memory`,
    ],
    ['addon', choice(found.addon)],
    ['compiler', found.addon.compiler],
    ['instructions', choice(found.instructions)],
    ['BLAS', choice(blas)],
    ...(details === '' ? [] : [['', details] as const]),
    ['threads', choice(found.threads)],
  ]);
}

/** Runs `adamqlr inspect`; returns the exit code, 1 when there is no usable addon. */
export function inspect(json: boolean): number {
  let found: Inspection;
  try {
    found = inspection();
  } catch (error) {
    if (!json) throw error;
    process.stdout.write(`${JSON.stringify({ addon: null, error: (error as Error).message })}\n`);
    return 1;
  }
  process.stdout.write(`${json ? JSON.stringify(found) : text(found)}\n`);
  return 0;
}
