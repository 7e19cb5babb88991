// AdamQLR without tuning against Adam without tuning, on Fashion-MNIST.
// Usage: npx tsx examples/fashion-mnist.ts DIR [epochs]      DIR holds the four IDX files
import { adam, adamqlr, data, loss, nn, type Optimizer, Trainer } from 'adamqlr';

const [dataDir, epochs = '10'] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: node examples/fashion-mnist.ts DIR [epochs]');

const { train, validation, test } = await data.fashionMnist({ dataDir });
console.log(`${train.count} training, ${validation?.count ?? 0} validation and ${test.count} test images`);

/** Trains one network and prints how it goes; the optimizer brings its own batch size. */
async function compete(name: string, optimizer: Optimizer): Promise<void> {
  using trainer = new Trainer({ model: nn.mlp([784, 50, 10]), loss: loss.crossEntropy(), optimizer, seed: 1 });
  for await (const report of trainer.fit(train, { epochs: Number(epochs), ...(validation !== null && { validation }) })) {
    const damping = report.damping === undefined ? '' : `, damping ${report.damping.toExponential(1)}`;
    console.log(
      `${name} epoch ${report.epoch}: training loss ${report.trainLoss.toFixed(4)}, ` +
        `validation loss ${report.validationLoss?.toFixed(4)}, learning rate ${report.learningRate.toExponential(2)}${damping}`,
    );
  }
  const scores = await trainer.evaluate(test);
  console.log(`${name}: test loss ${scores.loss.toFixed(4)}, test accuracy ${(100 * scores['accuracy']!).toFixed(2)} %`);

  // What does it say about the first test image?
  const pixels = { ...test.features, data: test.features.data.subarray(0, 784) };
  const { data: logits } = await trainer.predict(pixels);
  console.log(`${name}: the first test image is of class ${logits.indexOf(Math.max(...logits))}, label ${test.targets.data[0]}`);
}

await compete('adamqlr', adamqlr());
await compete('adam', adam());
