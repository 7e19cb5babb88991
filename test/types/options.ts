import { adam, adamqlr, compile, loss, nn, Spec, sgd, Trainer, type Value } from '../../lib/index.js';

const model = nn.mlp([784, 50, 10]);

// What the README shows.
export const trainer = new Trainer({ model, loss: loss.crossEntropy(), optimizer: adamqlr({ curvature: 'hessian' }), dtype: 'float64' });
export const published = adamqlr.paper({ initialDamping: 1e-3 });
export const doubled = compile((x: Value) => x.mul(2), [new Spec('float32', [3])]);
doubled(new Float32Array(3));

// @ts-expect-error: no such curvature
adamqlr({ curvature: 'fischer' });

// @ts-expect-error: no such option
adam({ learning_rate: 0.1 });

// @ts-expect-error: a learning rate is a number
sgd({ learningRate: '0.1' });

// @ts-expect-error: a trainer needs an optimizer
new Trainer({ model, loss: loss.crossEntropy() });

// @ts-expect-error: fields are float32 or float64
new Trainer({ model, loss: loss.crossEntropy(), optimizer: adam(), dtype: 'float16' });

// @ts-expect-error: no such dtype
new Spec('float16', [3]);

// @ts-expect-error: the function has one argument
doubled(new Float32Array(3), new Float32Array(3));
