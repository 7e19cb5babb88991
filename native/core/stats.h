#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace adamqlr {

/// Rows of stats on their way from the thread that runs to the one that reports. Holds 65,536 doubles; when full the
/// producer waits, so no row is ever lost. Emptied as a whole: the two sides trade buffers.
class StatsRing {
 public:
  static constexpr size_t kCapacity = 65536;

  /// Consecutive rows of one plan.
  struct Group {
    int plan = 0;
    size_t width = 0, rows = 0;
  };
  struct Batch {
    std::vector<Group> groups;
    std::vector<double> values;  // of all groups, in order
    void clear() {
      groups.clear();
      values.clear();
    }
  };

  /// Appends a row if there is room for it now.
  bool try_push(int plan, std::span<const double> row);
  /// Waits until try_push could succeed for `width` doubles, or until close().
  void wait_for_room(size_t width);
  /// Trades the rows for the (cleared) contents of `batch`.
  void take(Batch* batch);
  /// From now on nobody waits.
  void close();
  /// More than half full.
  bool crowded() const;

 private:
  bool has_room(size_t width) const { return rows_.values.size() + width <= kCapacity; }
  mutable std::mutex mutex_;
  std::condition_variable room_;
  Batch rows_;
  bool closed_ = false;
};

}  // namespace adamqlr
