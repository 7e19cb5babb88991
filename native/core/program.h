#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bind.h"
#include "executor.h"
#include "kernel.h"
#include "plan.h"
#include "pool.h"
#include "state.h"
#include "timeline.h"

namespace adamqlr {

/// Which rows of stats a segment records. A step that is refused or is the last before a stop counts as last.
enum class Record : uint8_t { kNone = 0, kEvery = 1, kLast = 2 };

/// `steps` runs of one plan at one choice of sizes.
struct Segment {
  int plan = 0;
  int64_t steps = 0;
  std::vector<int64_t> sizes;
  Record record = Record::kNone;
};

/// What a run is asked to do: the segments in order, all of them `rounds` times.
struct Job {
  std::vector<Segment> segments;
  int64_t rounds = 1;
};

enum class Reason : uint8_t { kDone, kStopped, kUncommitted };

struct RunResult {
  Reason reason = Reason::kDone;
  int64_t steps = 0;            // committed, over all segments
  std::vector<double> seconds;  // per segment, over all rounds; 0 where it was not reached
};

/// Several verified plans over one state store, one arena, the local memory of each thread and one scratch block. Not thread-safe: Session sees to that.
class Program {
 public:
  explicit Program(const Backend& backend) : backend_(backend) {}

  Status create(std::vector<SlotSpec> slots);
  /// Reads and verifies a plan and binds it at capacity; `index` is what segments name.
  Status add_plan(std::span<const uint8_t> bytes, const std::shared_ptr<Pool>& pool, int* index);

  /// Binds every segment, so that run() cannot fail for its sizes.
  struct Script;
  Status prepare(Job job, const std::shared_ptr<Pool>& pool, std::unique_ptr<Script>* script);
  /// Runs a script of this program. An error or a halt leaves the last committed state.
  Status run(Script& script, Observer& observer, RunResult* result, Timeline* timeline = nullptr);

  StateStore& state() { return state_; }
  struct Memory {
    int64_t state = 0, arena = 0, scratch = 0;  // bytes
  };
  Memory memory() const { return {state_.bytes(), arena_.bytes(), locals_.bytes() + scratch_.bytes()}; }

 private:
  struct LoadedPlan {
    Plan plan;
    std::vector<std::shared_ptr<Binding>> bindings;  // most recently used first
  };
  Status bind(LoadedPlan& loaded, std::span<const int64_t> sizes, std::shared_ptr<Binding>* binding);
  Status adopt(const std::shared_ptr<Pool>& pool, int64_t arena_bytes, int64_t local_bytes);
  Status run_segment(Script& script, size_t index, bool more_follow, Executor& executor, Observer& observer, RunResult* result);
  Status run_step(const Plan& plan, Binding& binding, Executor& executor, std::vector<double>* row, bool* committed);

  const Backend& backend_;
  StateStore state_;
  std::vector<std::unique_ptr<LoadedPlan>> plans_;
  std::shared_ptr<Pool> pool_;
  Buffer arena_, locals_, scratch_;
};

struct Program::Script {
  Job job;
  std::vector<std::shared_ptr<Binding>> bindings;  // one per segment
};

}  // namespace adamqlr
