import { data, type Model, type Trainer } from '../../lib/index.js';

declare const trainer: Trainer;
declare const model: Model;

interface House {
  readonly area: number;
  readonly town: string | null;
  readonly garden?: boolean;
}
declare const houses: readonly House[];
declare const dated: readonly { readonly area: number; readonly built: Date }[];
declare const raw: readonly data.Row[];

// Rows of an interface, of a type and of no name are rows.
export const answers: Promise<data.Answer[]>[] = [
  trainer.predict(houses),
  model.predict(houses),
  model.predict(raw),
  model.predict([{ area: 1 }, { area: '2', town: 'here' }]),
];
export const preprocessing = model.preprocessing!;
preprocessing.features(houses);
preprocessing.targets(houses);
for await (const { rows, where } of data.readRows('houses.csv')) preprocessing.features(rows, where);

// @ts-expect-error: a date is no value of a row
trainer.predict(dated);

// @ts-expect-error: a date is no value of a row
preprocessing.features(dated);

// @ts-expect-error: numbers are no rows
model.predict([1, 2]);
