/**
 * Runs one of the benches by its name.
 * Usage: npm run bench -- NAME [ARGUMENTS OF THE BENCH]
 */
const BENCHES: Readonly<Record<string, string>> = {
  step: 'training steps against PyTorch, JAX and TensorFlow.js',
  kernels: 'single kernels against numpy and PyTorch',
  peak: 'what the machine can do: fused multiply-adds, memory bandwidth, a barrier',
  'compile-time': 'from a model to loadable plan bytes',
  'csv-stream': 'training from a CSV file that does not fit in memory',
  'damping-batch': 'judging a step by another batch than the one it was made for',
  import: 'loading the library and starting a command, in fresh processes',
  'event-loop': 'delay of timers and files while training runs',
  'fashion-mnist': 'ten epochs of Fashion-MNIST over seeds',
  glyphs: 'the embedded task to convergence',
  memory: 'arena against what is alive at once, and resident memory, of the steps',
  'resident-memory': 'growth of resident memory over 100,000 steps',
  uci: 'UCI Energy and Protein over seeds',
};

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(BENCHES, name)) {
  const list = Object.entries(BENCHES).map(([bench, what]) => `  ${bench.padEnd(16)}  ${what}`);
  console.error(`bench: expected the name of a bench, got ${name === undefined ? 'none' : `'${name}'`}\n${list.join('\n')}`);
  process.exitCode = 2;
} else {
  // Each bench reads its own arguments, as if it had been started itself.
  process.argv = [process.argv[0]!, name, ...rest];
  await import(`./${name}.js`);
}
