import test from 'ava';
import { CheckpointClock } from '../../lib/cli/checkpoint-clock.js';

test('a checkpoint is due after its time, and later where writing takes long: at most one part in fifty', async (t) => {
  let now = 0;
  const clock = new CheckpointClock(60, () => now);
  const write = (cost: number) =>
    clock.write(async () => {
      now += cost;
    });
  now = 59_999;
  t.false(clock.due);
  now = 60_000;
  t.true(clock.due);
  await write(100); // 5 s of training would be enough, a minute is what was asked for
  now += 59_999;
  t.false(clock.due);
  now += 1;
  t.true(clock.due);
  await write(4000);
  now += 199_999;
  t.false(clock.due);
  now += 1;
  t.true(clock.due);
  const eager = new CheckpointClock(0, () => now);
  t.true(eager.due);
  await eager.write(async () => {
    now += 10;
  });
  t.false(eager.due);
  now += 500;
  t.true(eager.due);
});
