#include "executor.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

namespace adamqlr {
namespace {

bool overlap(const View& a, int64_t a_bytes, const View& b, int64_t b_bytes) {
  return a.as<std::byte>() < b.as<std::byte>() + b_bytes && b.as<std::byte>() < a.as<std::byte>() + a_bytes;
}

void move_windows(std::span<const Window> windows, int64_t at) {
  for (const Window& window : windows) {
    std::byte* slice = window.stack->as<std::byte>() + at * window.slice_bytes;
    for (View* user : window.users) user->data = slice;
  }
}

/// Copying in order would overwrite a source that a later copy still reads: a body that swaps its carries does that.
bool needs_staging(std::span<const Copy> copies) {
  for (size_t i = 0; i + 1 < copies.size(); ++i) {
    const int64_t bytes = copies[i].to->bytes();
    for (size_t j = i + 1; j < copies.size(); ++j) {
      if (overlap(*copies[i].to, bytes, *copies[j].from, copies[j].from->bytes())) return true;
    }
  }
  return false;
}

}  // namespace

Status Executor::run(BoundBlock& block) {
  for (BoundInstruction& instruction : block.instructions) {
    if (halted_ || observer_.halted()) {
      halted_ = true;
      return Status::ok();
    }
    const int64_t start = timeline_ == nullptr ? 0 : timeline_->now();
    if (Status status = run_one(instruction); !status) return status;
    if (timeline_ != nullptr) timeline_->add(instruction.place, 0, start);
  }
  return Status::ok();
}

Status Executor::run_one(BoundInstruction& instruction) {
  if (instruction.kernel == nullptr) return run_region(instruction);
  instruction.call.scratch = scratch_;
  return instruction.kernel->run(instruction.call);
}

Status Executor::run_region(BoundInstruction& instruction) {
  if (instruction.blocks) return run_blocks(*instruction.blocks);
  return instruction.scan ? run_scan(*instruction.scan) : run_cond(*instruction.cond);
}

Status Executor::run_scan(BoundScan& scan) {
  copy_all(scan.begin);
  for (int64_t i = 0; i < scan.length && !halted_; ++i) {
    if (observer_.halted()) {  // here too, for bodies without instructions
      halted_ = true;
      break;
    }
    const int64_t at = scan.reverse ? scan.length - 1 - i : i;
    move_windows(scan.windows, at);
    if (Status status = run(scan.body); !status) return status;
    if (!halted_) copy_all(scan.advance);
  }
  if (!halted_) copy_all(scan.end);
  return Status::ok();
}

Status Executor::run_cond(BoundCond& cond) {
  // Read as a byte: a hostile plan may lay a bool over any bytes, and a C++ bool of value 7 is undefined.
  const size_t region = *cond.predicate->as<const uint8_t>() != 0 ? 0 : 1;
  if (Status status = run(cond.regions[region]); !status) return status;
  if (!halted_) copy_all(cond.results[region]);
  return Status::ok();
}

Status Executor::run_blocks(BoundBlocks& blocks) {
  std::atomic<bool> halted{false};
  for (auto& [at, failure] : blocks.failures) at = blocks.count;
  blocks.pool->parallel(blocks.count, [&](int64_t at, int thread) {
    if (thread == 0 && observer_.halted()) halted.store(true, std::memory_order_relaxed);
    if (halted.load(std::memory_order_relaxed)) return;
    const bool is_last = at + 1 == blocks.count && !blocks.last.empty();
    BoundBody& body = (is_last ? blocks.last : blocks.full)[static_cast<size_t>(thread)];
    move_windows(body.windows, at);
    for (BoundInstruction& instruction : body.block.instructions) {
      instruction.call.scratch = scratch_ + thread * blocks.scratch_bytes;
      instruction.call.first_row = at * blocks.rows;
      const int64_t start = timeline_ == nullptr ? 0 : timeline_->now();
      Status status = instruction.kernel->run(instruction.call);
      if (timeline_ != nullptr) timeline_->add(instruction.place, thread, start);
      if (status) continue;
      auto& failure = blocks.failures[static_cast<size_t>(thread)];
      if (at < failure.first) failure = {at, std::move(status)};
      return;
    }
  });
  halted_ = halted_ || halted.load(std::memory_order_relaxed);
  const auto first = std::min_element(blocks.failures.begin(), blocks.failures.end(),
                                      [](const auto& a, const auto& b) { return a.first < b.first; });
  return first->first < blocks.count ? first->second : Status::ok();
}

void Executor::copy_all(std::span<const Copy> copies) {
  const bool staged = needs_staging(copies);
  if (staged) {
    std::byte* at = scratch_;
    for (const Copy& copy : copies) {
      std::memcpy(at, copy.from->data, static_cast<size_t>(copy.from->bytes()));
      at += copy.from->bytes();
    }
  }
  const std::byte* at = scratch_;
  for (const Copy& copy : copies) {
    const auto bytes = static_cast<size_t>(copy.from->bytes());
    std::memmove(copy.to->data, staged ? at : copy.from->data, bytes);
    at += bytes;
  }
}

}  // namespace adamqlr
