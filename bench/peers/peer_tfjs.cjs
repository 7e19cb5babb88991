// Peer: Adam steps of an MLP in TensorFlow.js on its wasm backend. Options as those of the Python peers; resident data only.
const { parseArgs } = require('node:util');

const TARGET_MS = 2.5;

/** The first line of JSON is the answer; a peer that is not installed says so. */
function answer(figures) {
  console.log(JSON.stringify(figures));
}

function load() {
  try {
    return [require('@tensorflow/tfjs'), require('@tensorflow/tfjs-backend-wasm')];
  } catch (error) {
    answer({ missing: error.message.split('\n')[0] });
    process.exit(0);
  }
}

function sample(step, seconds) {
  const time = (steps) => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) step();
    return performance.now() - start;
  };
  for (const start = performance.now(); performance.now() - start < 200 * seconds; ) time(1);
  const steps = Math.max(1, Math.ceil(TARGET_MS / Math.min(time(1), time(1), time(1))));
  const samples = [];
  for (const start = performance.now(); samples.length < 5 || performance.now() - start < 1000 * seconds; ) {
    samples.push((time(steps) / steps) * 1e3);
  }
  return samples;
}

async function main() {
  const names = ['sizes', 'batch', 'loss', 'source', 'images', 'course', 'threads', 'seconds'];
  const { values: given } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const [tf, wasm] = load();
  wasm.setThreadsCount(Number(given.threads));
  await tf.setBackend('wasm');
  await tf.ready();
  const sizes = given.sizes.split(',').map(Number);
  const [batch, inputs, outputs] = [Number(given.batch), sizes[0], sizes.at(-1)];
  const weights = sizes.slice(1).map((to, i) => tf.variable(tf.randomNormal([sizes[i], to], 0, sizes[i] ** -0.5)));
  const biases = sizes.slice(1).map((to) => tf.variable(tf.zeros([to])));
  const x = tf.randomNormal([batch, inputs]);
  const classifies = given.loss === 'crossEntropy';
  const y = classifies ? tf.oneHot(tf.randomUniform([batch], 0, outputs, 'int32'), outputs).toFloat() : tf.randomNormal([batch, outputs]);
  const forward = () =>
    weights.reduce((h, w, i) => {
      const z = h.matMul(w).add(biases[i]);
      return i < weights.length - 1 ? z.relu() : z;
    }, x);
  const loss = () => (classifies ? tf.losses.softmaxCrossEntropy(y, forward()) : tf.losses.meanSquaredError(y, forward())).asScalar();
  const optimizer = tf.train.adam(1e-3);
  const step = () => {
    const value = optimizer.minimize(loss, true);
    value.dataSync();
    value.dispose();
  };
  answer({ version: tf.version.tfjs, tfjsUs: sample(step, Number(given.seconds)) });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
