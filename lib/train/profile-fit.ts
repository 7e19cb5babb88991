import { profileStep, type StepProfile } from '../compile/profile.js';
import { compileProgram } from '../compile/program.js';
import { stepsPerEpoch } from './calls.js';
import type { ResolvedFit } from './fit-options.js';
import type { Placed } from './fit-run.js';
import { STEP, trainingProgram } from './training-program.js';
import type { TrainingState } from './training-state.js';

/** Times a training step in a session of its own, so that nothing of it reaches the state. Rejects with what a stream throws. */
export async function profileFit(settings: ResolvedFit, placed: Placed, state: TrainingState): Promise<StepProfile> {
  const { batchSize, augment, schedules, epochs, signal } = settings;
  const { count, resident, examples, feed } = placed;
  const scheduling = { schedules, first: state.number(STEP), steps: epochs * stepsPerEpoch(count, batchSize) };
  const program = compileProgram(trainingProgram({ ...placed, validation: null, validationSlots: {}, batchSize, augment, scheduling }));
  using session = state.newSession(program);
  try {
    state.hand(session, false);
    examples.write(session);
    await feed?.load(session, 0, null, signal);
    const sizes = { n: batchSize };
    const most = Math.floor(resident / batchSize);
    return profileStep(session, program, 'step', sizes, most, () => {
      session.runSync([{ plan: 'shuffle', steps: 1, record: 'none' }]);
    });
  } finally {
    feed?.close();
  }
}
