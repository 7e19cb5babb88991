import test from 'ava';
import { type Extent, placeBySize, placeInOrder } from '../../lib/compile/placement.js';
import { generator } from '../oracle/random.js';

function randomExtents(seed: number, count: number): Extent[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const first = Math.floor(40 * random());
    return { bytes: 64 * (1 + Math.floor(20 * random() ** 3)), first, last: first + Math.floor(12 * random() ** 2), offset: -1 };
  });
}

const meet = (a: Extent, b: Extent) => a.first <= b.last && b.first <= a.last;

function mostAlive(extents: readonly Extent[]): number {
  const alive = Array.from({ length: 60 }, (_, at) =>
    extents.filter(({ first, last }) => first <= at && at <= last).reduce((total, { bytes }) => total + bytes, 0),
  );
  return Math.max(...alive);
}

for (const [name, place] of Object.entries({ placeInOrder, placeBySize })) {
  test(`${name}: what shares a position shares no byte, and all of it lies inside the arena`, (t) => {
    let arena = 0,
      alive = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const extents = randomExtents(seed, 1 + (seed % 50));
      const bytes = place(extents);
      const problems = extents.filter(
        (a, i) =>
          a.offset < 0 ||
          a.offset % 64 !== 0 ||
          a.offset + a.bytes > bytes ||
          extents.slice(0, i).some((b) => meet(a, b) && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes),
      );
      t.deepEqual(problems, [], `seed ${seed}`);
      arena += bytes;
      alive += mostAlive(extents);
    }
    t.true(arena >= alive && arena < 1.3 * alive, `${arena} of ${alive}`);
  });
}

test('a large extent that comes last finds no gap in the order of the plan, and one by size', (t) => {
  const make = (): Extent[] => [
    { bytes: 128, first: 0, last: 1, offset: -1 },
    { bytes: 64, first: 0, last: 2, offset: -1 },
    { bytes: 192, first: 2, last: 3, offset: -1 },
  ];
  t.is(placeInOrder(make()), 128 + 64 + 192);
  t.is(placeBySize(make()), 64 + 192);
});
