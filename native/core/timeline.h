#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace adamqlr {

/// One execution of an instruction: its place in the plan (Instruction::place), the thread of the pool that ran it, and
/// nanoseconds since the step began. A region instruction lasts from its first copy to its last.
struct Timing {
  uint32_t place = 0;
  uint32_t thread = 0;
  int64_t start = 0, end = 0;
};

/// What the last step of a profiled run executed. Every thread of the pool adds to its own lane, so that none waits
/// for another.
class Timeline {
 public:
  /// A lane takes no more than this, so that a loop of billions cannot fill the memory.
  static constexpr size_t kMostPerLane = size_t{1} << 20;

  explicit Timeline(int threads) : lanes_(static_cast<size_t>(threads)) {}

  /// A step begins. Its lanes keep their memory, so that the steps before it pay for the room and the time of growing.
  void restart() {
    for (std::vector<Timing>& lane : lanes_) lane.clear();
    begin_ = std::chrono::steady_clock::now();
  }

  /// Nanoseconds since the step began.
  int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin_).count();
  }

  /// Records that `thread` has run the instruction at `place` from `start` until now.
  void add(uint32_t place, int thread, int64_t start) {
    std::vector<Timing>& lane = lanes_[static_cast<size_t>(thread)];
    if (lane.size() < kMostPerLane) lane.push_back({place, static_cast<uint32_t>(thread), start, now()});
  }

  const std::vector<std::vector<Timing>>& lanes() const { return lanes_; }

 private:
  std::chrono::steady_clock::time_point begin_;
  std::vector<std::vector<Timing>> lanes_;
};

}  // namespace adamqlr
