export { fisherVp, ggnForm, ggnvp, ggnvpOf, hvp, hvpOf, type OutputProduct, outputHessian, secondDerivative } from './curvature.js';
export { grad, gradOf, type Pullback, type Tapped, valueAndGrad, valueAndGradWithAux, vjp, vjpOf } from './grad.js';
export { jvp, jvpOf } from './jvp.js';
export { mergeRegions } from './merge-regions.js';
