// From a table with missing values and categories to a file of predictions. Usage, in this folder: npx tsx houses.ts
import { writeFile } from 'node:fs/promises';
import { adamqlr, data, loss, nn, Trainer } from 'adamqlr';

const houses = await data.csv('houses.csv', { target: 'price', exclude: ['id'], impute: 'median' });
using trainer = new Trainer({ model: nn.mlp(houses.layers), loss: loss[houses.loss](), optimizer: adamqlr() });
await trainer.train(houses.train, { epochs: 200, validation: houses.validation, earlyStopping: { patience: 50 } });
console.log('test', await trainer.evaluate(houses.test));
await trainer.save('houses.safetensors');

const lines = ['price'];
for await (const { rows } of data.readRows('new.csv')) {
  for (const { value } of await trainer.predict(rows)) lines.push(`${value}`);
}
await writeFile('predictions.csv', `${lines.join('\n')}\n`);
