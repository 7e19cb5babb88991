// The executor on hand-made plans: commits, scripts, regions, sizes, stats, stopping.
#include <chrono>
#include <limits>

#include "../core/process.h"
#include "../core/session.h"
#include "check.h"
#include "toy_backend.h"
#include "toy_plans.h"

namespace adamqlr::test {
namespace {

/// Keeps every row it is given.
class Keeper final : public Observer {
 public:
  bool halted() override { return false; }
  bool stopping() override { return stop_after >= 0 && steps >= stop_after; }
  void record(int plan, std::span<const double> row) override {
    plans.push_back(plan);
    values.insert(values.end(), row.begin(), row.end());
  }
  void step_done() override { ++steps; }
  int64_t stop_after = -1, steps = 0;
  std::vector<int> plans;
  std::vector<double> values;
};

/// A session over the toy slots.
struct Toy {
  Toy() : session(toy_backend()) { CHECK_OK(session.create(toy_slots())); }
  int add(const PlanWriter& plan) {
    int index = -1;
    CHECK_OK(session.add_plan(plan.finish(), &index));
    return index;
  }
  void set(size_t slot, const std::vector<double>& values) {
    CHECK_OK(session.write(slot, DType::kFloat64, values.data(), static_cast<int64_t>(values.size()), 0));
  }
  std::vector<double> get(size_t slot, int64_t count = 1) {
    std::vector<double> values(static_cast<size_t>(count));
    CHECK_OK(session.read(slot, DType::kFloat64, values.data(), count, 0));
    return values;
  }
  RunResult run(std::vector<Segment> segments, Keeper* keeper = nullptr, int64_t rounds = 1) {
    Keeper own;
    RunResult result;
    CHECK_OK(session.run_here({std::move(segments), rounds}, keeper != nullptr ? *keeper : own, &result));
    return result;
  }
  Session session;
};

void test_steps_and_commit() {
  Toy toy;
  const int plan = toy.add(counter_plan(5));
  Keeper keeper;
  RunResult result = toy.run({{plan, 3, {}, Record::kEvery}}, &keeper);
  CHECK(result.reason == Reason::kDone && result.steps == 3);
  CHECK(toy.get(kX) == std::vector<double>{3});
  CHECK((keeper.values == std::vector<double>{0, 1, 2}));
  // Refused at x = 5: the step leaves no trace but its row.
  Keeper last;
  result = toy.run({{plan, 100, {}, Record::kLast}, {plan, 1, {}, Record::kEvery}}, &last);
  CHECK(result.reason == Reason::kUncommitted && result.steps == 2 && result.seconds.size() == 2 &&
        result.seconds[1] == 0);
  CHECK(toy.get(kX) == std::vector<double>{5});
  CHECK(last.values == std::vector<double>{5});
}

void test_steps_per_call_do_not_matter() {
  Toy whole, single;
  const int a = whole.add(counter_plan(1e9)), b = single.add(counter_plan(1e9));
  Keeper all, one;
  whole.run({{a, 7, {}, Record::kEvery}}, &all);
  for (int i = 0; i < 7; ++i) single.run({{b, 1, {}, Record::kEvery}}, &one);
  CHECK(whole.get(kX) == single.get(kX));
  CHECK(all.values == one.values);
}

void test_stop_at_a_step_boundary() {
  Toy toy;
  const int plan = toy.add(counter_plan(1e9));
  Keeper keeper;
  keeper.stop_after = 4;
  const RunResult result = toy.run({{plan, 10, {}, Record::kLast}}, &keeper);
  CHECK(result.reason == Reason::kStopped);
  CHECK(toy.get(kX)[0] == static_cast<double>(result.steps));
  CHECK(keeper.values.size() == 1);  // the last row is recorded although the segment did not end
}

void test_scan() {
  Toy toy;
  const int forward = toy.add(scan_plan(false)), backward = toy.add(scan_plan(true));
  toy.set(kList, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  Keeper keeper;
  toy.run({{forward, 1, {4}, Record::kEvery}}, &keeper);
  CHECK((toy.get(kSums, 5) == std::vector<double>{1, 3, 6, 10, 0}));
  CHECK((keeper.values == std::vector<double>{10, 4}));
  toy.run({{backward, 1, {3}, Record::kNone}});
  CHECK((toy.get(kSums, 5) == std::vector<double>{6, 5, 3, 10, 0}));
  CHECK(toy.get(kY) == std::vector<double>{6});
  // No iterations: the carry is what it began with.
  toy.run({{forward, 1, {0}, Record::kNone}});
  CHECK(toy.get(kY) == std::vector<double>{0});
  // Several plans and sizes in one script.
  Keeper mixed;
  toy.run({{forward, 2, {10}, Record::kEvery}, {backward, 1, {1}, Record::kLast}}, &mixed);
  CHECK((mixed.plans == std::vector<int>{forward, forward, backward}));
  CHECK((mixed.values == std::vector<double>{55, 10, 55, 10, 1, 1}));
  // The whole list in rounds; none at all; a last row per round.
  Keeper rounds;
  CHECK(toy.run({{forward, 2, {10}, Record::kLast}, {backward, 1, {1}, Record::kEvery}}, &rounds, 3).steps == 9);
  CHECK((rounds.plans == std::vector<int>{forward, backward, forward, backward, forward, backward}));
  CHECK(toy.run({{forward, 2, {10}, Record::kNone}}, nullptr, 0).steps == 0);
  // More sizes than the cache holds, twice.
  for (int round = 0; round < 2; ++round) {
    std::vector<Segment> segments;
    for (int64_t n = 0; n <= 10; ++n) segments.push_back({forward, 1, {n}, Record::kEvery});
    for (int64_t n = 0; n <= 10; ++n) segments.push_back({backward, 1, {n}, Record::kEvery});
    Keeper sums;
    toy.run(segments, &sums);
    for (size_t i = 0; i < 22; ++i) CHECK(sums.values[2 * i] == static_cast<double>((i % 11) * (i % 11 + 1) / 2));
  }
}

void test_blocks() {
  Toy toy;
  const int thrice = toy.add(blocks_plan(false)), counts = toy.add(blocks_plan(true));
  toy.set(kList, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  for (const int threads : {1, 2, 4}) {
    CHECK_OK(Process::get().set_threads(threads));
    toy.set(kSums, std::vector<double>(10));
    toy.run({{thrice, 1, {10}, Record::kNone}});
    CHECK((toy.get(kSums, 10) == std::vector<double>{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}));
    toy.set(kSums, std::vector<double>(10));
    toy.run({{thrice, 1, {2}, Record::kNone}, {thrice, 1, {0}, Record::kNone}, {thrice, 1, {6}, Record::kNone}});
    CHECK((toy.get(kSums, 7) == std::vector<double>{3, 6, 9, 12, 15, 18, 0}));
    toy.run({{counts, 1, {10}, Record::kNone}});
    CHECK((toy.get(kSums, 4) == std::vector<double>{3, 3, 3, 1}));
    toy.run({{counts, 1, {2}, Record::kNone}});
    CHECK((toy.get(kSums, 2) == std::vector<double>{2, 3}));
  }
}

/// The error is that of the first block that fails, whichever thread comes first.
void test_blocks_that_fail() {
  Toy toy;
  PlanWriter plan;
  const uint8_t n = plan.symbol("n", 10), block = plan.cut({1, {n}}, 2);
  const uint32_t rows = plan.shape({{1, {block}}}), list = plan.current(kList, {{1, {n}}});
  const uint32_t x = plan.window({{1, {block}}});
  BlockWriter body;
  body.add("fail_at", {x}, {});
  plan.main.add("blocks", {rows, list}, {}, {.ints = {1, 0, 0, x}, .regions = {body}});
  const int fails = toy.add(plan);
  toy.set(kList, {0, 0, 0, 0, 5, 0, 7, 0, 9, 0});
  for (const int threads : {1, 2, 4}) {
    CHECK_OK(Process::get().set_threads(threads));
    Keeper keeper;
    RunResult result;
    CHECK_ERROR("got 5", toy.session.run_here({{{fails, 1, {10}, Record::kNone}}, 1}, keeper, &result));
    CHECK_OK(toy.session.run_here({{{fails, 1, {4}, Record::kNone}}, 1}, keeper, &result));
  }
}

void test_cond_inside_scan() {
  Toy toy;
  const int plan = toy.add(nested_plan());
  toy.set(kX, {1});
  toy.set(kY, {2});
  toy.run({{plan, 1, {}, Record::kNone}});
  double a = 1, b = 2;  // the same by hand: u, v from the cond; u += v; (a, b) = (v, u)
  for (int i = 0; i < 3; ++i) {
    double u = a < b ? b : a, v = a < b ? a : b + 10;
    u += v;
    a = v, b = u;
  }
  CHECK(toy.get(kX)[0] == a && toy.get(kY)[0] == b);
}

/// Every execution of the last step is told once, under its place in the plan and inside what it belongs to, and
/// changes nothing.
void expect_timeline(int64_t steps, const std::vector<int>& expected) {
  Toy toy, plain;
  const int plan = toy.add(nested_plan());
  toy.set(kX, {2});
  toy.set(kY, {1});
  Keeper keeper;
  RunResult result;
  Timeline timeline(1);
  CHECK_OK(toy.session.run_here({{{plan, steps, {}, Record::kNone}}, 1}, keeper, &result, &timeline));
  std::vector<int> times(5);
  const std::vector<Timing>& timings = timeline.lanes()[0];
  const Timing& scan = timings.back();
  for (const Timing& timing : timings) {
    CHECK(timing.thread == 0 && timing.place < times.size());
    ++times[timing.place];
    CHECK(0 <= scan.start && scan.start <= timing.start && timing.start <= timing.end && timing.end <= scan.end);
  }
  CHECK(times == expected);
  plain.set(kX, {2});
  plain.set(kY, {1});
  plain.run({{plain.add(nested_plan()), steps, {}, Record::kNone}});
  CHECK(toy.get(kX) == plain.get(kX) && toy.get(kY) == plain.get(kY));
}

/// scan { less, cond { nothing | add }, add }, three iterations; the second branch is taken in the very first of them.
void test_timeline() {
  expect_timeline(1, {1, 3, 3, 1, 3});
  expect_timeline(2, {1, 3, 3, 0, 3});
}

void test_carries_may_swap() {
  Toy toy;
  const int plan = toy.add(swap_plan());
  toy.set(kX, {1});
  toy.set(kY, {2});
  toy.run({{plan, 1, {3}, Record::kNone}});
  CHECK(toy.get(kX)[0] == 2 && toy.get(kY)[0] == 1);
  toy.run({{plan, 1, {4}, Record::kNone}});
  CHECK(toy.get(kX)[0] == 2 && toy.get(kY)[0] == 1);
}

void test_errors() {
  Toy toy;
  PlanWriter failing;
  const uint32_t x = failing.current(kX), next = failing.next(kX), one = failing.constant(1);
  failing.main.add("add", {x, one}, {next}).add("fail", {}, {});
  failing.next_slots = {kX};
  const int fails = toy.add(failing), works = toy.add(counter_plan(9)), sized = toy.add(scan_plan(false));
  Keeper keeper;
  RunResult result;
  CHECK_ERROR("asked to fail", toy.session.run_here(Job{{{works, 2, {}}, {fails, 1, {}}}}, keeper, &result));
  CHECK(toy.get(kX)[0] == 2 && result.steps == 2);
  CHECK(toy.run({{works, 1, {}}}).steps == 1);  // and it still works
  CHECK_ERROR("expected 1 sizes, got 0", toy.session.run_here(Job{{{sized, 1, {}}}}, keeper, &result));
  CHECK_ERROR("'n' in [0, 10], got 11", toy.session.run_here(Job{{{sized, 1, {11}}}}, keeper, &result));
  CHECK_ERROR("'n' in [0, 10], got -1", toy.session.run_here(Job{{{sized, 1, {-1}}}}, keeper, &result));
  CHECK_ERROR("a plan in [0, 3), got 3", toy.session.run_here(Job{{{3, 1, {}}}}, keeper, &result));
  double value = 0;
  CHECK_ERROR("float64 data", toy.session.write(kX, DType::kFloat32, &value, 1, 0));
  CHECK_ERROR("elements within", toy.session.write(kX, DType::kFloat64, &value, 1, 1));
  CHECK_ERROR("a slot in [0, 4)", toy.session.read(9, DType::kFloat64, &value, 1, 0));
  Session other(toy_backend());
  CHECK_ERROR("2^36", other.create({{"huge", DType::kFloat32, {1 << 20, 1 << 20, 1 << 20}, SlotKind::kState}}));
}

/// Waits for a run begun by start() to end.
RunResult await(Session* session, Status* status = nullptr) {
  while (!session->ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  RunResult result;
  const Status outcome = session->collect(&result);
  if (status != nullptr) *status = outcome;
  return result;
}

void test_thread() {
  Toy toy;
  const int plan = toy.add(counter_plan(1e9)), nap = toy.add(nap_plan(20, 1000000));
  std::atomic<int> wakes = 0;
  const auto wake = [&wakes] { ++wakes; };
  CHECK_OK(toy.session.start(Job{{{plan, 1000, {}, Record::kEvery}}}, true, wake));
  RunResult result = await(&toy.session);
  CHECK(result.reason == Reason::kDone && result.steps == 1000 && wakes >= 1);
  StatsRing::Batch batch;
  toy.session.stats().take(&batch);
  CHECK(batch.groups.size() == 1 && batch.groups[0].rows == 1000 && batch.values[999] == 999);
  CHECK(toy.get(kX)[0] == 1000);
  // Everything but stop and halt is refused meanwhile.
  CHECK_OK(toy.session.start(Job{{{nap, 1, {}}, {plan, 5, {}}}}, true, wake));
  double value = 0;
  int index = 0;
  CHECK_ERROR("no write during a run", toy.session.write(kX, DType::kFloat64, &value, 1, 0));
  CHECK_ERROR("no read during a run", toy.session.read(kX, DType::kFloat64, &value, 1, 0));
  CHECK_ERROR("no run during a run", toy.session.start({}, true, wake));
  CHECK_ERROR("no addPlan during a run", toy.session.add_plan(nap_plan(1, 1).finish(), &index));
  CHECK_ERROR("no run in progress", Process::get().set_threads(3));
  // A halt ends a step of five hours within one kernel.
  const auto start = std::chrono::steady_clock::now();
  toy.session.halt();
  result = await(&toy.session);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(500));
  CHECK(result.reason == Reason::kStopped && result.steps == 0);
  CHECK(toy.get(kX)[0] == 1000);  // the last committed state can still be read
  CHECK_ERROR("shut down", toy.session.start({}, true, wake));
  toy.session.release();
  CHECK_ERROR("disposed", toy.session.read(kX, DType::kFloat64, &value, 1, 0));
}

void test_graceful_stop_and_full_ring() {
  Toy toy;
  const int plan = toy.add(counter_plan(1e15));
  CHECK_OK(toy.session.start(Job{{{plan, 1'000'000'000, {}, Record::kEvery}}}, true, [] {}));
  // Nobody takes rows: the executor must wait, and lose none.
  while (!toy.session.stats().crowded()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  StatsRing::Batch batch;
  toy.session.stats().take(&batch);
  CHECK(batch.values.size() <= StatsRing::kCapacity);
  double expected = 0;
  for (const double value : batch.values) CHECK(value == expected++);
  toy.session.stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  toy.session.stats().take(&batch);
  const RunResult result = await(&toy.session);
  for (const double value : batch.values) CHECK(value == expected++);
  toy.session.stats().take(&batch);
  for (const double value : batch.values) CHECK(value == expected++);
  CHECK(result.reason == Reason::kStopped && static_cast<double>(result.steps) == expected);
  CHECK(toy.get(kX)[0] == expected);
}

void test_release_while_the_ring_is_full() {
  Toy toy;
  const int plan = toy.add(counter_plan(1e15));
  CHECK_OK(toy.session.start(Job{{{plan, 1'000'000'000, {}, Record::kEvery}}}, true, [] {}));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  toy.session.release();
  CHECK(toy.session.ended());
  CHECK(await(&toy.session).reason == Reason::kStopped);
}

void test_denormals_are_restored() {
  volatile double tiny = std::numeric_limits<double>::min();
  Toy toy;
  toy.run({{toy.add(counter_plan(9)), 1, {}}});
  CHECK(tiny / 2 > 0);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_steps_and_commit();
  test_steps_per_call_do_not_matter();
  test_stop_at_a_step_boundary();
  test_scan();
  test_blocks();
  test_blocks_that_fail();
  test_cond_inside_scan();
  test_carries_may_swap();
  test_timeline();
  test_errors();
  test_thread();
  test_graceful_stop_and_full_ring();
  test_release_while_the_ring_is_full();
  test_denormals_are_restored();
  return finish("core");
}
