#pragma once
#include "../core/state.h"
#include "plan_writer.h"

namespace adamqlr::test {

/// The slots that the toy plans use.
inline std::vector<SlotSpec> toy_slots() {
  return {{"x", DType::kFloat64, {}, SlotKind::kState},
          {"y", DType::kFloat64, {}, SlotKind::kState},
          {"list", DType::kFloat64, {10}, SlotKind::kData},
          {"sums", DType::kFloat64, {10}, SlotKind::kData}};
}
constexpr int kX = 0, kY = 1, kList = 2, kSums = 3;

/// x' = x + 1, committed while x < limit; stats: x before the step.
inline PlanWriter counter_plan(double limit) {
  PlanWriter plan;
  const uint32_t x = plan.current(kX), next = plan.next(kX), one = plan.constant(1), top = plan.constant(limit);
  const uint32_t fits = plan.arena({}, 1, DType::kBool), seen = plan.arena({}, 1), zero = plan.constant(0);
  plan.main.add("add", {x, one}, {next}).add("less", {x, top}, {fits}).add("add", {x, zero}, {seen});
  plan.commit = fits;
  plan.next_slots = {kX};
  plan.stats = {seen};
  return plan;
}

/// y' = sum of list[0..n), sums[i] = sum of list[0..i] by a scan; reversed when asked. stats: y', n.
inline PlanWriter scan_plan(bool reverse) {
  PlanWriter plan;
  const uint8_t n = plan.symbol("n", 10);
  const uint32_t length = plan.shape({{1, {n}}}), list = plan.current(kList, {{1, {n}}}),
                 sums = plan.current(kSums, {{1, {n}}});
  const uint32_t zero = plan.constant(0), carry = plan.arena({}, 1), sum = plan.next(kY), count = plan.arena({}, 1);
  const uint32_t x = plan.window({}), y = plan.window({}), seen = plan.arena({}, 1);
  BlockWriter body;
  body.add("add", {carry, x}, {y});
  plan.main.add("scan", {length, zero, list}, {sum, sums},
                {.ints = {0, 1, 1, 1, reverse ? 1 : 0, carry, y, x, y}, .regions = {body}});
  plan.main.add("size", {length}, {count}).add("add", {sum, zero}, {seen});
  plan.next_slots = {kY};
  plan.stats = {seen, count};
  return plan;
}

/// In blocks of three rows of list[0..n): either sums[i] = 3 list[i], by way of the memory of the thread, or sums[b] = rows of block b.
inline PlanWriter blocks_plan(bool counts) {
  PlanWriter plan;
  const uint8_t n = plan.symbol("n", 10), block = plan.cut({1, {n}}, 3), blocks = block + 1;
  const uint32_t rows = plan.shape({{1, {block}}}), list = plan.current(kList, {{1, {n}}});
  const uint32_t thrice = counts ? plan.arena({{1, {n}}}, 10) : plan.current(kSums, {{1, {n}}});
  const uint32_t sizes = counts ? plan.current(kSums, {{1, {blocks}}}) : plan.arena({{1, {blocks}}}, 4);
  const uint32_t twice = plan.local({{1, {block}}}, 3), x = plan.window({{1, {block}}}), y = plan.window({{1, {block}}}),
                 size = plan.window({});
  BlockWriter body;
  body.add("add", {x, x}, {twice}).add("add", {twice, x}, {y}).add("size", {rows}, {size});
  plan.main.add("blocks", {rows, list}, {thrice, sizes}, {.ints = {1, 1, 1, x, y, size}, .regions = {body}});
  return plan;
}

/// (x', y') = x < y ? (y, x) : (x, y + 10), by a cond whose first branch returns its operands swapped, inside a scan of
/// three steps that carries (a, b) and returns them swapped.
inline PlanWriter nested_plan() {
  PlanWriter plan;
  const uint32_t length = plan.shape({{3, {}}}), x = plan.current(kX), y = plan.current(kY);
  const uint32_t a = plan.arena({}, 1), b = plan.arena({}, 1), less = plan.arena({}, 1, DType::kBool);
  const uint32_t sum = plan.arena({}, 1), ten = plan.constant(10), u = plan.arena({}, 1), v = plan.arena({}, 1);
  BlockWriter swap, grow, body;
  grow.add("add", {b, ten}, {sum});
  body.add("less", {a, b}, {less});
  body.add("cond", {less}, {u, v}, {.ints = {2, b, a, a, sum}, .regions = {swap, grow}});
  body.add("add", {u, v}, {u});  // in place
  plan.main.add("scan", {length, x, y}, {plan.next(kX), plan.next(kY)},
                {.ints = {0, 2, 0, 0, 0, a, b, v, u}, .regions = {body}});
  plan.next_slots = {kX, kY};
  return plan;
}

/// A scan whose body is nothing but a swap of its carries: (x, y)' = swapped n times.
inline PlanWriter swap_plan() {
  PlanWriter plan;
  const uint8_t n = plan.symbol("n", 10);
  const uint32_t length = plan.shape({{1, {n}}}), a = plan.arena({}, 1), b = plan.arena({}, 1);
  plan.main.add("scan", {length, plan.current(kX), plan.current(kY)}, {plan.next(kX), plan.next(kY)},
                {.ints = {0, 2, 0, 0, 0, a, b, b, a}, .regions = {BlockWriter()}});
  plan.next_slots = {kX, kY};
  return plan;
}

/// One step that sleeps.
inline PlanWriter nap_plan(double milliseconds, int64_t times) {
  PlanWriter plan;
  BlockWriter body;
  body.add("nap", {}, {}, {.reals = {milliseconds}});
  plan.main.add("scan", {plan.shape({{times, {}}})}, {}, {.ints = {0, 0, 0, 0, 0}, .regions = {body}});
  return plan;
}

}  // namespace adamqlr::test
