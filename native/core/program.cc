#include "program.h"

#include <algorithm>
#include <chrono>

#include "denormals.h"
#include "integers.h"
#include "verify.h"

namespace adamqlr {
namespace {

constexpr size_t kCachedBindings = 16;

bool holds(const Buffer& buffer, int64_t bytes) { return buffer.data() != nullptr && buffer.bytes() >= bytes; }

Status grow(const char* what, int64_t bytes, Buffer* buffer) {
  if (holds(*buffer, bytes) || buffer->allocate(bytes)) return Status::ok();
  return Status::error("plan: expected " + std::to_string(bytes) + " bytes for the " + what +
                       ", got none; out of memory");
}

}  // namespace

Status Program::create(std::vector<SlotSpec> slots) { return state_.create(std::move(slots)); }

Status Program::add_plan(std::span<const uint8_t> bytes, const std::shared_ptr<Pool>& pool, int* index) {
  auto loaded = std::make_unique<LoadedPlan>();
  if (Status status = read_plan(bytes, &loaded->plan); !status) return status;
  if (Status status = verify_plan(state_, backend_, &loaded->plan); !status) return status;
  if (Status status = adopt(pool, loaded->plan.arena_bytes, loaded->plan.local_bytes); !status) return status;
  std::vector<int64_t> capacity;
  for (size_t i = 0; i < loaded->plan.named; ++i) capacity.push_back(loaded->plan.symbols[i].capacity);
  std::shared_ptr<Binding> binding;
  if (Status status = bind(*loaded, capacity, &binding); !status) return status;
  plans_.push_back(std::move(loaded));
  *index = static_cast<int>(plans_.size()) - 1;
  return Status::ok();
}

/// Kernels may size their scratch by the pool, and bindings hold addresses: a new pool or more memory means new bindings.
Status Program::adopt(const std::shared_ptr<Pool>& pool, int64_t arena_bytes, int64_t local_bytes) {
  for (const auto& loaded : plans_) local_bytes = std::max(local_bytes, loaded->plan.local_bytes);
  const int64_t locals = pool->threads() * round_up(local_bytes, 64);
  const bool roomy = holds(arena_, arena_bytes) && holds(locals_, locals);
  if (pool == pool_ && roomy) return Status::ok();
  for (const auto& loaded : plans_) loaded->bindings.clear();
  if (Status status = grow("arena", arena_bytes, &arena_); !status) return status;
  if (Status status = grow("memory of its threads", locals, &locals_); !status) return status;
  pool_ = pool;
  return Status::ok();
}

Status Program::bind(LoadedPlan& loaded, std::span<const int64_t> sizes, std::shared_ptr<Binding>* binding) {
  auto& cached = loaded.bindings;
  const auto found = std::find_if(cached.begin(), cached.end(), [&](const std::shared_ptr<Binding>& other) {
    return std::equal(other->sizes.begin(), other->sizes.end(), sizes.begin(), sizes.end());
  });
  if (found != cached.end()) {
    std::rotate(cached.begin(), found, found + 1);
    *binding = cached.front();
    return Status::ok();
  }
  std::unique_ptr<Binding> fresh;
  const PlanMemory memory{arena_.data(), locals_.data()};
  if (Status status = bind_plan(loaded.plan, sizes, state_, memory, pool_.get(), &fresh); !status) return status;
  if (Status status = grow("scratch", fresh->scratch_bytes, &scratch_); !status) return status;
  cached.insert(cached.begin(), std::move(fresh));
  if (cached.size() > kCachedBindings) cached.pop_back();
  *binding = cached.front();
  return Status::ok();
}

Status Program::prepare(Job job, const std::shared_ptr<Pool>& pool,
                        std::unique_ptr<Script>* script) {
  if (Status status = adopt(pool, 0, 0); !status) return status;
  auto prepared = std::make_unique<Script>();
  if (job.rounds < 0) return Status::error("run: expected rounds >= 0, got " + std::to_string(job.rounds));
  for (const Segment& segment : job.segments) {
    if (segment.plan < 0 || segment.plan >= static_cast<int>(plans_.size())) {
      return Status::error("run: expected a plan in [0, " + std::to_string(plans_.size()) + "), got " +
                           std::to_string(segment.plan));
    }
    if (segment.steps < 0) return Status::error("run: expected steps >= 0, got " + std::to_string(segment.steps));
    std::shared_ptr<Binding> binding;
    if (Status status = bind(*plans_[static_cast<size_t>(segment.plan)], segment.sizes, &binding); !status)
      return status;
    prepared->bindings.push_back(std::move(binding));
  }
  prepared->job = std::move(job);
  *script = std::move(prepared);
  return Status::ok();
}

Status Program::run(Script& script, Observer& observer, RunResult* result, Timeline* timeline) {
  const FlushDenormals flush;
  Executor executor(scratch_.data(), observer, timeline);
  *result = RunResult{};
  const size_t count = script.job.segments.size();
  result->seconds.assign(count, 0.0);
  const int64_t rounds = count == 0 ? 0 : script.job.rounds;
  for (int64_t round = 0; round < rounds; ++round) {
    if (round > 0 && observer.stopping()) {  // also where no segment has a step
      result->reason = Reason::kStopped;
      return Status::ok();
    }
    for (size_t i = 0; i < count; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const bool more_follow = i + 1 < count || round + 1 < rounds;
      Status status = run_segment(script, i, more_follow, executor, observer, result);
      result->seconds[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (!status || result->reason != Reason::kDone) return status;
    }
  }
  return Status::ok();
}

Status Program::run_segment(Script& script, size_t index, bool more_follow, Executor& executor, Observer& observer,
                            RunResult* result) {
  const Segment& segment = script.job.segments[index];
  const Plan& plan = plans_[static_cast<size_t>(segment.plan)]->plan;
  Binding& binding = *script.bindings[index];
  binding.refresh(state_);
  std::vector<double> row(plan.stats.size());
  for (int64_t step = 0; step < segment.steps; ++step) {
    if (step == 0 && observer.stopping()) {
      result->reason = Reason::kStopped;
      return Status::ok();
    }
    bool committed = false;
    if (Status status = run_step(plan, binding, executor, &row, &committed); !status) return status;
    if (executor.halted()) {
      result->reason = Reason::kStopped;
      return Status::ok();
    }
    result->steps += committed ? 1 : 0;
    const bool more = step + 1 < segment.steps;
    // A stop that arrives with the very last step has nothing left to stop.
    if (!committed) {
      result->reason = Reason::kUncommitted;
    } else if ((more || more_follow) && observer.stopping()) {
      result->reason = Reason::kStopped;
    }
    const bool last = !more || result->reason != Reason::kDone;
    if (!row.empty() && (segment.record == Record::kEvery || (segment.record == Record::kLast && last))) {
      observer.record(segment.plan, row);
    }
    observer.step_done();
    if (result->reason != Reason::kDone) return Status::ok();
  }
  return Status::ok();
}

Status Program::run_step(const Plan& plan, Binding& binding, Executor& executor, std::vector<double>* row,
                         bool* committed) {
  executor.begin_step();
  if (Status status = executor.run(binding.main); !status || executor.halted()) return status;
  for (size_t i = 0; i < row->size(); ++i) (*row)[i] = *binding.stats[i]->as<double>();
  *committed = binding.commit == nullptr || *binding.commit->as<const uint8_t>() != 0;
  if (!*committed || plan.next_slots.empty()) return Status::ok();
  for (const uint32_t slot : plan.next_slots) state_.swap(slot);
  binding.refresh(state_);
  return Status::ok();
}

}  // namespace adamqlr
