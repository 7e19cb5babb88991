import { expected } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import { showValue } from '../base/options.js';
import { Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import { SCALAR } from '../graph/state.js';
import { trace } from '../graph/trace.js';
import type { Optimizer, OptimizerState } from '../optim/optimizer.js';
import type { Schedule } from '../optim/schedules/schedule.js';
import type { PlacedModel } from './slots.js';

/** Schedules by the hyper-parameter they are for. */
export type Schedules = Readonly<Record<string, Schedule>>;

function checkSchedule(name: string, schedule: Schedule, steps: number): void {
  if (typeof schedule !== 'function')
    throw expected('fit schedules', `${name} to be a schedule`, showValue(schedule), 'for example schedule.cosine({ from: 1e-3 })');
  const check = (step: Value): Value => {
    const value: unknown = schedule(step, steps);
    const got = value instanceof Value ? format(value) : showValue(value);
    if (!(value instanceof Value) || value.rank > 0 || value.dtype !== 'float64')
      throw expected('fit schedules', `${name} to be a float64 scalar`, got, 'compute it from the step, or use schedule.constant');
    return value;
  };
  trace(check as never, [SCALAR]);
}

/** Throws unless every schedule is of a hyper-parameter of this optimizer and gives scalars. */
export function checkSchedules(schedules: Schedules, optimizer: Optimizer, model: PlacedModel, steps: number): void {
  const names = Object.keys(optimizer.init(model.params.specs).hyper);
  for (const [name, schedule] of Object.entries(schedules)) {
    if (!names.includes(name))
      throw expected('fit schedules', `a hyper-parameter of ${optimizer.name}`, `'${name}'`, suggestion(name, names));
    checkSchedule(name, schedule, steps);
  }
}

/** The optimizer with hyper-parameters of its schedules in the given step of the call. Its state keeps the ones it had. */
export function scheduled(optimizer: Optimizer, schedules: Schedules, step: Value, steps: number): Optimizer {
  return {
    name: optimizer.name,
    defaultBatchSize: (n) => optimizer.defaultBatchSize(n),
    init: (params) => optimizer.init(params),
    step(objective, params, state: OptimizerState<Value>) {
      const now = Object.fromEntries(Object.entries(schedules).map(([name, schedule]) => [name, schedule(step, steps)]));
      const result = optimizer.step(objective, params, { ...state, hyper: { ...state.hyper, ...now } });
      return { ...result, state: { ...result.state, hyper: state.hyper } };
    },
  };
}
