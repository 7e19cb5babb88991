#pragma once
#include <napi.h>

#include <atomic>
#include <memory>
#include <set>
#include <vector>

namespace adamqlr {

class ProgramObject;

/// What the addon keeps per Node environment (main thread or worker), as its instance data: the programs, and the one
/// thread-safe function by which native threads wake the event loop. At most one wake-up is outstanding.
class Environment : public std::enable_shared_from_this<Environment> {
 public:
  /// Makes the environment's instance data and registers its cleanup hook.
  static void attach(Napi::Env env);
  static std::shared_ptr<Environment> of(Napi::Env env);

  /// From any thread: asks the event loop to deliver what is waiting.
  void wake();

  void add(ProgramObject* program) { programs_.insert(program); }
  void remove(ProgramObject* program) { programs_.erase(program); }
  /// While a run is open the event loop stays alive.
  void open_run(ProgramObject* program);
  void close_run(ProgramObject* program);

  /// Stops and joins every program of this environment. Runs still report their end if the event loop goes on.
  void shutdown();

 private:
  static void call_js(Napi::Env env, Napi::Function callback, Environment* environment, void* data);
  using Wake = Napi::TypedThreadSafeFunction<Environment, void, call_js>;
  void deliver();

  explicit Environment(Napi::Env env) : env_(env) {}

  Napi::Env env_;
  Wake wake_;
  std::atomic<bool> woken_{false};
  std::set<ProgramObject*> programs_;
  std::vector<ProgramObject*> open_;  // with a run to report on
};

}  // namespace adamqlr
