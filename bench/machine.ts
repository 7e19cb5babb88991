import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './record.js';

/** What the machine can do: see bench/native/machine.cc. */
export type Machine = {
  readonly threads: number;
  readonly vectorBytes: number;
  /** Peak of float32 fused multiply-adds on one thread and on all, 10^9 operations per second. */
  readonly fmaGflops1: number;
  readonly fmaGflops: number;
  /** Bandwidth of the triad a = b + s c, 10^9 bytes per second, without what a write reads first. */
  readonly triadGigabytes1: number;
  readonly triadGigabytes: number;
  /** A bare spinning barrier of all threads: the state of the machine, which changes from minute to minute. */
  readonly barrierUs: number;
  /** One parallel call of the library's pool with nothing to do. */
  readonly poolUs: number;
};

const SOURCES = ['bench/native/machine.cc', 'native/core/pool.cc', 'native/core/cpu_count.cc'];

/** Compiles the program that measures the machine; null where there is no C++ compiler that can. */
export function buildMachineProgram(): string | null {
  const folder = join(root, 'build', 'bench');
  const program = join(folder, 'machine');
  mkdirSync(folder, { recursive: true });
  try {
    const options = ['-std=gnu++20', '-O3', '-march=native', '-pthread'];
    execFileSync(process.env['CXX'] ?? 'g++', [...options, ...SOURCES, '-o', program], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
    return program;
  } catch (error) {
    console.error(`bench: no peak and no barrier cost, for want of a C++ compiler: ${String(error).split('\n')[0]}`);
    return null;
  }
}

/** Measures the machine with this many threads. */
export function measureMachine(program: string, threads: number): Machine {
  return JSON.parse(execFileSync(program, [String(threads)], { encoding: 'utf8' })) as Machine;
}
