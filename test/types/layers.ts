import { nn } from '../../lib/index.js';

const { flatten, linear, mlp, relu, sequential } = nn;
type Layer<In extends number, Out extends number> = nn.Layer<In, Out>;

// Sizes that fit, through layers that keep the size and layers whose size the compiler does not know.
export const fits: Layer<784, 10> = sequential(linear(784, 50), relu(), linear(50, 10));
export const unknownSize = sequential(flatten(), linear(784, 50));
export const nested: Layer<784, 10> = sequential(sequential(linear(784, 50), relu()), linear(50, 10));
export const perceptron: Layer<784, 10> = mlp([784, 50, 10]);
export const chained: Layer<784, 2> = sequential(mlp([784, 50, 10]), linear(10, 2));

// @ts-expect-error: 50 outputs meet 60 inputs
export const mismatch = sequential(linear(784, 50), relu(), linear(60, 10));

// @ts-expect-error: the mismatch is seen inside nested layers
export const nestedMismatch = sequential(sequential(linear(784, 50), relu()), linear(60, 10));

// @ts-expect-error: an mlp has the outputs of its last size
export const mlpMismatch = sequential(mlp([784, 50, 10]), linear(50, 2));

// @ts-expect-error: the sizes are part of the type
export const wrongSizes: Layer<784, 11> = mlp([784, 50, 10]);

// @ts-expect-error: no such activation
mlp([784, 50, 10], { activation: 'rellu' });

// @ts-expect-error: no such option
linear(784, 50, { biases: false });
