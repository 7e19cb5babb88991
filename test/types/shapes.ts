import type { Value } from '../../lib/index.js';

declare const vector3: Value<readonly [3]>;
declare const vector4: Value<readonly [4]>;
declare const matrix: Value<readonly ['n', 784]>;
declare const weight: Value<readonly [784, 50]>;
declare const stack: Value<readonly [2, 5, 7]>;
declare const scalar: Value<readonly []>;
declare const unknownShape: Value;

// Known shapes come out known.
export const sameShape: Value<readonly [3]> = vector3.add(vector3).mul(2);
export const scaled: Value<readonly ['n', 784]> = matrix.mul(scalar);
export const product: Value<readonly ['n', 50]> = matrix.matmul(weight);
export const withBias: Value<readonly ['n', 50]> = matrix.matmul(weight).add(vectorOf50());
export const total: Value<readonly []> = matrix.sum();
export const rows: Value<readonly ['n']> = matrix.sum(-1);
export const kept: Value<readonly ['n', 1]> = matrix.max(1, { keepDims: true });
export const swapped: Value<readonly [784, 'n']> = matrix.transpose();
export const permuted: Value<readonly [7, 2, 5]> = stack.transpose([2, 0, 1]);
export const reshaped: Value<readonly [10, 7]> = stack.reshape([10, 7]);
export const best: Value<readonly ['n']> = matrix.argmax(1);

// Unknown shapes are left to the run time.
export const unknownSum: Value = unknownShape.add(vector3);
export const unknownProduct: Value = unknownShape.matmul(weight);

declare function vectorOf50(): Value<readonly [50]>;

// @ts-expect-error: [3] and [4] do not broadcast
vector3.add(vector4);

// @ts-expect-error: nor do they in a comparison
vector3.lt(vector4);

// @ts-expect-error: [n,784] and [3] do not broadcast
matrix.mul(vector3);

// @ts-expect-error: inner dimensions 50 and 784
weight.matmul(weight);

// @ts-expect-error: inner dimensions 784 and 'n'
matrix.matmul(matrix);

// @ts-expect-error: a vector has no matrix product
vector3.matmul(weight);

// @ts-expect-error: axis 2 of a matrix
matrix.sum(2);

// @ts-expect-error: axis -3 of a matrix
matrix.logSumExp([-3]);

// @ts-expect-error: the sum over the last axis is [n]
export const wrongRank: Value<readonly ['n', 784]> = matrix.sum(-1);

// @ts-expect-error: the product is [n,50]
export const wrongDim: Value<readonly ['n', 51]> = matrix.matmul(weight);

// @ts-expect-error: no such dtype
vector3.cast('float16');

// @ts-expect-error: a string is no operand
vector3.add('1');
