/**
 * The embedded task: softmax regression and the MLP 784-50-10 trained to convergence with Adam over five seeds of drawing and training.
 * Usage: node dist-test/bench/glyphs.js [EPOCHS]
 */
import { adam, data, loss, nn, Trainer } from '../lib/index.js';
import { record } from './record.js';

const epochs = Number(process.argv[2] ?? 60);
for (const sizes of [
  [784, 10],
  [784, 50, 10],
]) {
  const accuracies: number[] = [];
  for (let seed = 0; seed < 5; seed++) {
    const task = data.glyphs({ seed });
    using trainer = new Trainer({ model: nn.mlp(sizes), loss: loss.crossEntropy(), optimizer: adam(), seed });
    for await (const _ of trainer.fit(task.train, { epochs, batchSize: 100 }));
    accuracies.push((await trainer.evaluate(task.test))['accuracy']!);
  }
  record('glyphs', { sizes, epochs, testAccuracies: accuracies });
}
