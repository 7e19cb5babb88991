import { Spec } from './node.js';

/** The type of losses, hyper-parameters, damping and counters. */
export const SCALAR = new Spec('float64', []);

/** A state slot before the first step: its type, and the number that fills it. A leaf of state trees. */
export class StateDefinition {
  readonly spec: Spec;
  readonly value: number;
  constructor(spec: Spec, value: number) {
    this.spec = spec;
    this.value = value;
  }
}
