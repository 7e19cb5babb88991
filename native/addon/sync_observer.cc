#include "sync_observer.h"

#include <algorithm>

namespace adamqlr {

SyncObserver::SyncObserver(Napi::Env env, const Napi::Value& on_stats) : env_(env) {
  if (on_stats.IsFunction()) on_stats_ = on_stats.As<Napi::Function>();
}

/// worker.terminate() and process.exit() cannot interrupt native code: they only make calls into JavaScript fail. So a
/// trivial one is made every 20 ms.
bool SyncObserver::halted() {
  const auto now = std::chrono::steady_clock::now();
  if (terminated_ || now - asked_ < std::chrono::milliseconds(20)) return terminated_;
  asked_ = now;
  const Napi::HandleScope scope(env_);
  napi_value flag;
  terminated_ = napi_coerce_to_bool(env_, env_.Undefined(), &flag) != napi_ok;
  return terminated_;
}

void SyncObserver::record(int plan, std::span<const double> row) {
  if (on_stats_.IsEmpty() || thrown_ != nullptr) return;
  if (ring_.try_push(plan, row)) return;
  flush();
  (void)ring_.try_push(plan, row);  // an empty ring takes any row
}

void SyncObserver::flush() {
  ring_.take(&batch_);
  const double* values = batch_.values.data();
  try {
    for (const StatsRing::Group& group : batch_.groups) {
      const Napi::HandleScope scope(env_);
      const size_t count = group.rows * group.width;
      Napi::Float64Array rows = Napi::Float64Array::New(env_, count);
      std::copy(values, values + count, rows.Data());
      values += count;
      on_stats_.Call(
          {Napi::Number::New(env_, group.plan), rows, Napi::Number::New(env_, static_cast<double>(group.width))});
    }
  } catch (const Napi::Error&) {
    thrown_ = std::current_exception();
  }
}

void SyncObserver::finish() {
  if (thrown_ == nullptr && !on_stats_.IsEmpty() && !terminated_) flush();
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
}

}  // namespace adamqlr
