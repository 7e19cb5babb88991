#pragma once
#include <napi.h>

#include <chrono>
#include <exception>

#include "../core/executor.h"
#include "../core/stats.h"

namespace adamqlr {

/// The observer of runSync, on the thread of JavaScript: rows are gathered and handed over when the ring is full and at
/// the end. An exception of the callback ends the run and is thrown by finish().
class SyncObserver final : public Observer {
 public:
  SyncObserver(Napi::Env env, const Napi::Value& on_stats);

  bool halted() override;
  bool stopping() override { return thrown_ != nullptr; }
  void record(int plan, std::span<const double> row) override;
  /// Hands over the last rows; throws what a callback threw.
  void finish();

 private:
  void flush();

  Napi::Env env_;
  Napi::Function on_stats_;
  StatsRing ring_;
  StatsRing::Batch batch_;
  std::exception_ptr thrown_;
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
  bool terminated_ = false;
};

}  // namespace adamqlr
