#include "stats.h"

#include <utility>

namespace adamqlr {

bool StatsRing::try_push(int plan, std::span<const double> row) {
  const std::lock_guard lock(mutex_);
  if (!has_room(row.size())) return false;
  if (rows_.groups.empty() || rows_.groups.back().plan != plan) rows_.groups.push_back({plan, row.size(), 0});
  ++rows_.groups.back().rows;
  rows_.values.insert(rows_.values.end(), row.begin(), row.end());
  return true;
}

void StatsRing::wait_for_room(size_t width) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return closed_ || has_room(width); });
}

void StatsRing::take(Batch* batch) {
  batch->clear();
  {
    const std::lock_guard lock(mutex_);
    std::swap(*batch, rows_);
  }
  room_.notify_all();
}

void StatsRing::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
}

bool StatsRing::crowded() const {
  const std::lock_guard lock(mutex_);
  return rows_.values.size() > kCapacity / 2;
}

}  // namespace adamqlr
