export { type ActivationName, activation, gelu, relu, sigmoid, silu, softplus, tanh } from './activation.js';
/** Random changes of training inputs, for the option `augment` of fit. */
export * as augment from './augment/index.js';
export { flatten } from './flatten.js';
export { fromSpec } from './from-spec.js';
export { glorot, he, truncatedNormal, zeros } from './initializers.js';
export type { Context, Layer, LayerDefinition, Mode } from './layer.js';
export type { LayerSpec } from './layer-spec.js';
export { type LinearOptions, linear } from './linear.js';
export { type MlpOptions, mlp } from './mlp.js';
export { type Initializer, initialize, ParameterDefinition, parameterSpecs } from './parameter.js';
export { sequential } from './sequential.js';
