// Corrupt and hostile plans: an error sentence, never a crash or an endless loop. Worth most under ASan and UBSan.
#include <chrono>
#include <cstdlib>
#include <random>

#include "../core/session.h"
#include "check.h"
#include "toy_backend.h"
#include "toy_plans.h"

#if defined(__SANITIZE_ADDRESS__)
/// A plan that asks for a terabyte is refused by the allocator, as without the sanitizer.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1:max_allocation_size_mb=256"; }
#endif

namespace adamqlr::test {
namespace {

/// Ends a run that takes too long: a valid plan may well ask for 2^36 iterations.
class Impatient final : public Observer {
 public:
  bool halted() override { return ++asked_ > 2000; }
  bool stopping() override { return asked_ > 2000; }
  void record(int, std::span<const double>) override {}

 private:
  int asked_ = 0;
};

Status load(const Bytes& bytes) {
  Session session(toy_backend());
  int index = 0;
  if (Status status = session.create(toy_slots()); !status) return status;
  return session.add_plan(bytes, &index);
}

/// Loads and, when that succeeds, runs at capacity-like, small and zero sizes. True when it loaded.
bool survive(const Bytes& bytes) {
  Session session(toy_backend());
  int index = 0;
  CHECK_OK(session.create(toy_slots()));
  const Status loaded = session.add_plan(bytes, &index);
  if (!loaded) {
    CHECK(!loaded.message().empty());
    return false;
  }
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{10}, {1}, {0}, {}}) {
    Impatient observer;
    RunResult result;
    (void)session.run_here(Job{{{index, 2, sizes, Record::kEvery}}}, observer, &result);
  }
  return true;
}

void test_fuzz(int rounds) {
  const std::vector<Bytes> plans = {counter_plan(5).finish(), scan_plan(false).finish(), scan_plan(true).finish(),
                                    nested_plan().finish(), swap_plan().finish(), blocks_plan(false).finish()};
  for (const Bytes& plan : plans) CHECK(survive(plan));
  std::mt19937 random(20231);
  int loaded = 0;
  for (int round = 0; round < rounds; ++round) {
    Bytes bytes = plans[random() % plans.size()];
    const int edits = 1 + static_cast<int>(random() % 3);
    for (int e = 0; e < edits; ++e) {
      // Mostly small values: they stay plausible and get further than noise.
      const auto value = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 8);
      bytes[random() % bytes.size()] = value;
    }
    if (random() % 10 == 0) bytes.resize(random() % bytes.size());
    loaded += survive(bytes) ? 1 : 0;
  }
  std::printf("hostile: %d of %d edited plans loaded\n", loaded, rounds);
  CHECK(loaded > 0 && loaded < rounds);
}

void test_truncation() {
  const Bytes whole = nested_plan().finish();
  for (size_t length = 0; length < whole.size(); ++length) {
    CHECK(!load(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_ERROR("to end after the main block", load(longer));
}

void test_grammar() {
  CHECK_ERROR("not a plan", load({1, 2, 3, 4, 5, 6, 7, 8}));
  Bytes version = counter_plan(1).finish();
  version[4] = 3;
  CHECK_ERROR("expected version 2, got 3", load(version));
  // A list that claims four billion items in a few bytes.
  Bytes list = counter_plan(1).finish();
  for (int i = 0; i < 4; ++i) list[8 + static_cast<size_t>(i)] = 0xff;
  CHECK_ERROR("fits into the remaining", load(list));
  BlockWriter block;
  for (int depth = 0; depth < 40; ++depth) {
    BlockWriter outer;
    outer.add("scan", {}, {}, {.regions = {block}});
    block = outer;
  }
  PlanWriter deep;
  deep.main = block;
  CHECK_ERROR("16 nested regions", load(deep.finish()));
}

/// One rule broken per row.
void test_tensors() {
  const auto one_tensor = [](Storage storage, DType dtype, const std::vector<PlanWriter::Size>& dims, int64_t where) {
    PlanWriter plan;
    plan.symbol("n", int64_t{1} << 30);
    plan.arena_bytes = 128;
    plan.tensor(storage, dtype, dims, where);
    return load(plan.finish());
  };
  const auto f64 = DType::kFloat64;
  CHECK_OK(one_tensor(Storage::kArena, f64, {{16, {}}}, 0));
  CHECK_ERROR("within 128 bytes", one_tensor(Storage::kArena, f64, {{17, {}}}, 0));
  CHECK_ERROR("within 128 bytes", one_tensor(Storage::kArena, f64, {{9, {}}}, 64));
  CHECK_ERROR("aligned to 64", one_tensor(Storage::kArena, f64, {{1, {}}}, 8));
  CHECK_ERROR("aligned to 64", one_tensor(Storage::kArena, f64, {{1, {}}}, -64));
  CHECK_ERROR("within 128 bytes", one_tensor(Storage::kArena, f64, {{1, {}}}, int64_t{1} << 62));
  CHECK_ERROR("2^36", one_tensor(Storage::kShape, f64, {{1, {0, 0, 0}}}, -1));
  CHECK_ERROR("2^36", one_tensor(Storage::kShape, f64, {{0, {}}, {1, {0}}, {1, {0}}}, -1));  // zero times too much
  CHECK_ERROR("2^36", one_tensor(Storage::kShape, f64, {{INT64_MAX, {0}}}, -1));
  CHECK_ERROR("2^36", one_tensor(Storage::kShape, f64, {{-1, {}}}, -1));
  CHECK_ERROR("symbol indices < 1", one_tensor(Storage::kShape, f64, {{1, {1}}}, -1));
  CHECK_ERROR("within 0 bytes", one_tensor(Storage::kConstant, f64, {}, 0));
  CHECK_ERROR("a slot < 4", one_tensor(Storage::kCurrent, f64, {}, 4));
  CHECK_ERROR("a slot < 4", one_tensor(Storage::kCurrent, f64, {}, -1));
  CHECK_ERROR("float64 as slot 'x'", one_tensor(Storage::kCurrent, DType::kFloat32, {}, kX));
  CHECK_ERROR("8 bytes of slot 'x'", one_tensor(Storage::kCurrent, f64, {{2, {}}}, kX));
  CHECK_ERROR("next buffers of committed slots", one_tensor(Storage::kNext, f64, {}, kX));
}

void test_instructions() {
  const auto broken = [](auto&& breakage) {
    PlanWriter plan;
    const uint32_t x = plan.current(kX), next = plan.next(kX), one = plan.constant(1), a = plan.arena({}, 1);
    plan.next_slots = {kX};
    plan.main.add("add", {x, one}, {next});
    breakage(plan, x, one, a);
    return load(plan.finish());
  };
  using P = PlanWriter&;
  using U = uint32_t;
  CHECK_OK(broken([](P, U, U, U) {}));
  CHECK_ERROR("have 'dance', got none", broken([](P p, U, U, U) { p.main.add("dance", {}, {}); }));
  CHECK_ERROR("tensor ids < 4, got 99", broken([](P p, U x, U, U) { p.main.add("add", {x, 99}, {x}); }));
  CHECK_ERROR("committed buffer", broken([](P p, U x, U one, U) { p.main.add("add", {one, one}, {x}); }));
  CHECK_ERROR("got a constant", broken([](P p, U x, U one, U) { p.main.add("add", {x, x}, {one}); }));
  CHECK_ERROR("a shape tensor", broken([](P p, U x, U, U a) { p.main.add("add", {p.shape({}), x}, {a}); }));
  CHECK_ERROR("inside its scan or blocks", broken([](P p, U x, U, U a) { p.main.add("add", {p.window({}), x}, {a}); }));
  CHECK_ERROR("regions in scan, cond and blocks only",
              broken([](P p, U, U, U) { p.main.add("nap", {}, {}, {.reals = {0}, .regions = {{}}}); }));
  CHECK_ERROR("expected no ints", broken([](P p, U, U, U) { p.main.add("picky", {}, {}, {.ints = {1}}); }));
  CHECK_ERROR("'x' once", broken([](P p, U, U, U) { p.next_slots.push_back(kX); }));
  CHECK_ERROR("data slot 'list'", broken([](P p, U, U, U) { p.next_slots.push_back(kList); }));
  CHECK_ERROR("write the next value of slot 'y'", broken([](P p, U, U, U) { p.next_slots.push_back(kY); }));
  CHECK_ERROR("predicate to be bool[]", broken([](P p, U, U, U a) { p.commit = a; }));
  CHECK_ERROR("stats to be float64[]", broken([](P p, U, U, U) { p.stats = {p.arena({{2, {}}}, 2)}; }));
  CHECK_ERROR("arena bytes", broken([](P p, U, U, U) { p.arena_bytes = -1; }));
  // "size" is not an in-place kernel, and no kernel may overlap in part.
  CHECK_ERROR("apart from its inputs", broken([](P p, U, U, U a) { p.main.add("less", {a, a}, {a}); }));
  CHECK_ERROR("apart from its inputs", broken([](P p, U, U, U a) {
                const U wide = p.tensor(Storage::kArena, DType::kFloat64, {{2, {}}}, 0);
                p.arena_bytes = 64;
                p.main.add("add", {a, a}, {wide});
              }));
}

void test_scans() {
  const auto scan = [](auto&& breakage) {
    PlanWriter plan;
    const uint32_t length = plan.shape({{4, {}}}), list = plan.current(kList, {{4, {}}}),
                   sums = plan.current(kSums, {{4, {}}});
    const uint32_t zero = plan.constant(0), carry = plan.arena({}, 1), out = plan.arena({}, 1), x = plan.window({}),
                   y = plan.window({});
    std::vector<int64_t> ints = {0, 1, 1, 1, 0, carry, y, x, y};
    BlockWriter body;
    body.add("add", {carry, x}, {y});
    breakage(plan, ints, body);
    plan.main.add("scan", {length, zero, list}, {out, sums}, {.ints = ints, .regions = {body}});
    return load(plan.finish());
  };
  using P = PlanWriter&;
  using I = std::vector<int64_t>&;
  using B = BlockWriter&;
  CHECK_OK(scan([](P, I, B) {}));
  CHECK_ERROR("counts and ids", scan([](P, I ints, B) { ints[2] = INT64_MAX; }));
  CHECK_ERROR("counts and ids", scan([](P, I ints, B) { ints[1] = -1; }));
  CHECK_ERROR("counts and ids", scan([](P, I ints, B) { ints.pop_back(); }));
  CHECK_ERROR("tensor ids", scan([](P, I ints, B) { ints[5] = -7; }));
  CHECK_ERROR("window tensors for slices", scan([](P, I ints, B) { ints[7] = 0; }));
  CHECK_ERROR("one operand at a time", scan([](P, I ints, B) { ints[8] = ints[7]; }));
  CHECK_ERROR("got a constant", scan([](P, I ints, B) { ints[5] = 3; }));
  CHECK_ERROR("a slice of an input",
              scan([](P, I ints, B body) { body.add("add", {3, 3}, {static_cast<uint32_t>(ints[7])}); }));
  CHECK_ERROR("to write the slice", scan([](P, I, B body) { body = BlockWriter(); }));
  CHECK_ERROR("slices along a leading dimension of 4", scan([](P p, I ints, B body) {
                ints[7] = p.window({{2, {}}});
                body = BlockWriter().add("add", {4, 4}, {static_cast<uint32_t>(ints[8])});
              }));
  CHECK_ERROR("equal shapes of carries", scan([](P p, I ints, B) { ints[6] = p.arena({{1, {}}}, 1); }));
}

void test_blocks() {
  const auto blocks = [](auto&& breakage) {
    PlanWriter plan;
    const uint8_t n = plan.symbol("n", 10), block = plan.cut({1, {n}}, 3);
    const uint32_t rows = plan.shape({{1, {block}}}), list = plan.current(kList, {{1, {n}}}),
                   sums = plan.current(kSums, {{1, {n}}}), one = plan.constant(1);
    const uint32_t own = plan.local({{1, {block}}}, 3), x = plan.window({{1, {block}}}), y = plan.window({{1, {block}}});
    std::vector<uint32_t> in = {rows, list};
    std::vector<int64_t> ints = {1, 1, 0, x, y};
    BlockWriter body;
    body.add("add", {x, x}, {own}).add("add", {own, x}, {y});
    breakage(plan, in, ints, body);
    plan.main.add("blocks", in, {sums}, {.ints = ints, .regions = {body}});
    (void)one;
    return load(plan.finish());
  };
  using P = PlanWriter&;
  using O = std::vector<uint32_t>&;
  using I = std::vector<int64_t>&;
  using B = BlockWriter&;
  constexpr uint32_t kRows = 0, kStack = 2, kOne = 3, kOwn = 4, kWindow = 5, kResult = 6;
  CHECK_OK(blocks([](P, O, I, B) {}));
  CHECK_ERROR("counts and ids", blocks([](P, O, I ints, B) { ints[0] = INT64_MAX; }));
  CHECK_ERROR("counts and ids", blocks([](P, O, I ints, B) { ints[2] = -1; }));
  CHECK_ERROR("counts and ids", blocks([](P, O, I ints, B) { ints.pop_back(); }));
  CHECK_ERROR("counts and ids", blocks([](P, O in, I, B) { in.clear(); }));
  CHECK_ERROR("shape tensor [rows of a block]", blocks([](P p, O in, I, B) { in[0] = p.shape({{1, {0}}}); }));
  CHECK_ERROR("shape tensor [rows of a block]", blocks([](P p, O in, I, B) { in[0] = p.shape({{1, {2}}}); }));
  CHECK_ERROR("shape tensor [rows of a block]", blocks([](P p, O in, I, B) { in[0] = p.shape({{2, {1}}}); }));
  CHECK_ERROR("shape tensor [rows of a block]", blocks([](P, O in, I, B) { in[0] = 99; }));
  CHECK_ERROR("tensor ids", blocks([](P, O in, I, B) { in[1] = 99; }));
  CHECK_ERROR("window tensors for slices", blocks([](P, O, I ints, B) { ints[3] = kOne; }));
  CHECK_ERROR("one operand at a time", blocks([](P, O, I ints, B) { ints[4] = ints[3]; }));
  CHECK_ERROR("their thread for tensor 5", blocks([](P, O, I, B body) { body.add("add", {kOwn, kOwn}, {kWindow}); }));
  CHECK_ERROR("their thread for tensor 7", blocks([](P p, O, I, B body) { body.add("add", {kOne, kOne}, {p.arena({}, 1)}); }));
  CHECK_ERROR("apart from the results", blocks([](P, O, I, B body) { body.add("add", {kStack, kStack}, {kOwn}); }));
  // Blocks run at once: none may write what another reads or writes. Rows of one stack may be read, then written.
  const auto in_turn = [](O in, B body) {
    in[1] = kStack;
    body = BlockWriter().add("add", {kWindow, kWindow}, {kOwn}).add("add", {kOwn, kOwn}, {kResult});
  };
  CHECK_OK(blocks([&](P, O in, I, B body) { in_turn(in, body); }));
  CHECK_ERROR("apart from their other operands", blocks([&](P, O in, I ints, B body) {
                in_turn(in, body);
                ints[1] = 0;
                ints[2] = 1;
              }));
  CHECK_ERROR("apart from their other operands",
              blocks([](P p, O in, I, B) { in[1] = p.current(kSums, {{1, {}}, {1, {}}}); }));
  CHECK_ERROR("kernels only", blocks([](P, O, I, B body) { body.add("scan", {}, {}); }));
  CHECK_ERROR("kernels only", blocks([](P, O, I, B body) { body.add("blocks", {kRows}, {}, {.ints = {0, 0, 0}, .regions = {{}}}); }));
  CHECK_ERROR("write this part", blocks([](P, O, I, B body) { body = BlockWriter(); }));
  CHECK_ERROR("inside blocks", blocks([](P p, O, I, B) { p.main.add("add", {kOwn, kOwn}, {kOwn}); }));
  CHECK_ERROR("windows of 3 of 10 rows", blocks([](P p, O, I ints, B body) {
                const uint32_t wide = p.window({{2, {1}}});
                ints[3] = wide;
                body = BlockWriter().add("add", {kOwn, kOwn}, {kResult});
              }));
  CHECK_ERROR("windows of 3 of 10 rows", blocks([](P p, O, I ints, B body) {
                ints[3] = p.window({{4, {}}});
                body = BlockWriter().add("add", {kOwn, kOwn}, {kResult});
              }));
  CHECK_ERROR("cuts of 1 to 2^36 rows", blocks([](P p, O, I, B) { p.cut({1, {0}}, 0); }));
  CHECK_ERROR("cuts of 1 to 2^36 rows", blocks([](P p, O, I, B) { p.cut({-1, {0}}, 1); }));
  CHECK_ERROR("cuts of 1 to 2^36 rows", blocks([](P p, O, I, B) { p.cut({1, {7}}, 1); }));
  CHECK_ERROR("local bytes", blocks([](P p, O, I, B) { p.local_bytes = -1; }));
  CHECK_ERROR("within 0 bytes", blocks([](P p, O, I, B) { p.local_bytes = 0; }));
}

/// Two stacks in one place, the rows of the second as many as `other` says.
Status load_shared_stacks(const std::vector<PlanWriter::Size>& other, bool both_written, std::vector<int64_t> sizes) {
  PlanWriter plan;
  const uint8_t n = plan.symbol("n", 10);
  plan.symbol("m", 10);
  const uint8_t block = plan.cut({1, {n}}, 5);
  const uint32_t rows = plan.shape({{1, {block}}}), list = plan.current(kList, {{1, {n}}}), same = plan.current(kList, other);
  const uint32_t own = plan.local({{1, {block}}}, 5), x = plan.window({{1, {block}}}), y = plan.window({{1, {block}}});
  BlockWriter body;
  if (both_written) {
    body.add("add", {own, own}, {x}).add("add", {own, own}, {y});
    plan.main.add("blocks", {rows}, {list, same}, {.ints = {0, 2, 0, x, y}, .regions = {body}});
  } else {
    body.add("add", {x, x}, {own}).add("add", {own, own}, {y});
    plan.main.add("blocks", {rows, same}, {list}, {.ints = {1, 1, 0, x, y}, .regions = {body}});
  }
  Session session(toy_backend());
  int index = 0;
  if (Status status = session.create(toy_slots()); !status) return status;
  if (Status status = session.add_plan(plan.finish(), &index); !status) return status;
  Impatient observer;
  RunResult result;
  return session.run_here(Job{{{index, 1, std::move(sizes), Record::kNone}}}, observer, &result);
}

void test_shared_stacks() {
  CHECK_OK(load_shared_stacks({{1, {0}}}, false, {4, 10}));
  CHECK_ERROR("apart from their other operands", load_shared_stacks({{1, {0}}}, true, {4, 10}));
  // As long at capacity, not at other sizes.
  CHECK_OK(load_shared_stacks({{1, {1}}}, false, {4, 4}));
  CHECK_ERROR("equal sizes of rows in one place", load_shared_stacks({{1, {1}}}, false, {4, 8}));
}

}  // namespace
}  // namespace adamqlr::test

int main(int argc, char** argv) {
  using namespace adamqlr::test;
  test_grammar();
  test_truncation();
  test_tensors();
  test_instructions();
  test_scans();
  test_blocks();
  test_shared_stacks();
  test_fuzz(argc > 1 ? std::atoi(argv[1]) : 40000);
  return finish("hostile");
}
