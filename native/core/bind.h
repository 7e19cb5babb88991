#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plan.h"
#include "pool.h"
#include "state.h"

namespace adamqlr {

/// Copies between equal shapes whose addresses are read when the copy runs, because windows and slots move.
struct Copy {
  const View* from;
  const View* to;
};

/// One slice per iteration: `stack` and every view in `users` advance together.
struct Window {
  const View* stack = nullptr;
  int64_t slice_bytes = 0;
  std::vector<View*> users;
};

struct BoundInstruction;
struct BoundBlock {
  std::vector<BoundInstruction> instructions;
};

struct BoundScan {
  int64_t length = 0;
  bool reverse = false;
  std::vector<Copy> begin, advance, end;  // init -> carry in; carry out -> carry in; carry in -> outputs
  std::vector<Window> windows;
  BoundBlock body;
};

struct BoundCond {
  const View* predicate = nullptr;
  BoundBlock regions[2];
  std::vector<Copy> results[2];
};

/// The body of a `blocks` instruction for one thread, at the rows of one block.
struct BoundBody {
  std::vector<Window> windows;
  BoundBlock block;
};

struct BoundBlocks {
  int64_t count = 0, rows = 0;        // blocks, and rows of all but the last
  std::vector<BoundBody> full, last;  // by thread; `last` is empty where all blocks have as many rows
  std::vector<std::pair<int64_t, Status>> failures;  // by thread: the first block that failed, and why
  int64_t scratch_bytes = 0;                         // of one thread
  Pool* pool = nullptr;
};

/// Exactly one of kernel, scan, cond and blocks is set.
struct BoundInstruction {
  uint32_t place = 0;  // Instruction::place
  const Kernel* kernel = nullptr;
  Call call;
  std::unique_ptr<BoundScan> scan;
  std::unique_ptr<BoundCond> cond;
  std::unique_ptr<BoundBlocks> blocks;
};

/// A plan at one choice of its sizes, with every operand a view that knows its address.
struct Binding {
  std::vector<int64_t> sizes;  // of the named symbols
  BoundBlock main;
  std::vector<const View*> stats;
  const View* commit = nullptr;
  int64_t scratch_bytes = 0;

  /// Points the views of slots at the buffers that are current and next now.
  void refresh(const StateStore& state) {
    for (const SlotView& slot : slot_views)
      slot.view->data = slot.next ? state.next(slot.slot) : state.current(slot.slot);
  }

  struct SlotView {
    View* view;
    uint32_t slot;
    bool next;
  };
  std::vector<SlotView> slot_views;
  std::vector<View> views;  // all operands; spans and pointers above point into it
};

/// Memory that a program owns and its bindings point into. `locals` has Plan::local_bytes, rounded up to 64, per thread of the pool.
struct PlanMemory {
  std::byte* arena = nullptr;
  std::byte* locals = nullptr;
};

/// Binds a verified plan to sizes (one per named symbol, in [0, capacity]): runs every kernel's check, the shape rules of scan, cond
/// and blocks, then sets addresses. On error nothing of it may run.
Status bind_plan(const Plan& plan, std::span<const int64_t> sizes, const StateStore& state, const PlanMemory& memory,
                 Pool* pool, std::unique_ptr<Binding>* result);

}  // namespace adamqlr
