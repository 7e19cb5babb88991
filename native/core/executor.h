#pragma once
#include <cstddef>
#include <span>

#include "bind.h"
#include "status.h"
#include "timeline.h"

namespace adamqlr {

/// What the thread that runs a script asks and tells, between instructions and between steps.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Asked before every instruction; true abandons the step.
  virtual bool halted() = 0;
  /// Asked after every step; true ends the run there.
  virtual bool stopping() = 0;
  /// One row of stats; may wait for room. The row is only valid during the call.
  virtual void record(int plan, std::span<const double> row) = 0;
  /// A step has ended.
  virtual void step_done() {}
};

/// Runs bound blocks: kernels in order; scan, cond and blocks by itself.
class Executor {
 public:
  /// `scratch` has the bytes that the largest binding asked for. A `timeline` is told of every instruction of the last
  /// step.
  Executor(std::byte* scratch, Observer& observer, Timeline* timeline = nullptr)
      : scratch_(scratch), observer_(observer), timeline_(timeline) {}

  /// Before every step.
  void begin_step() {
    if (timeline_ != nullptr) timeline_->restart();
  }
  /// Stops at the first error. When the observer halts it, returns success early and halted() is true.
  Status run(BoundBlock& block);
  bool halted() const { return halted_; }

 private:
  Status run_one(BoundInstruction& instruction);
  Status run_region(BoundInstruction& instruction);
  Status run_scan(BoundScan& scan);
  Status run_cond(BoundCond& cond);
  Status run_blocks(BoundBlocks& blocks);
  void copy_all(std::span<const Copy> copies);

  std::byte* scratch_;
  Observer& observer_;
  Timeline* timeline_;
  bool halted_ = false;
};

}  // namespace adamqlr
