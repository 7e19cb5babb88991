import { inspection } from './inspect.js';

/** What a run runs on, for its config.json and its report. `threads`: those asked for, or undefined for the default. */
export function environment(threads: number | undefined): Record<string, string | number> {
  const found = inspection();
  return {
    adamqlr: found.version,
    node: found.node,
    platform: found.platform,
    processor: found.processor,
    cores: found.cores.usable,
    memoryGiB: found.memoryGiB,
    instructions: found.instructions.use,
    blas: found.blas.use,
    threads: threads ?? found.threads.use,
    started: new Date().toISOString(),
  };
}
