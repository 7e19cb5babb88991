#pragma once
#include <napi.h>

#include <memory>

#include "../core/session.h"
#include "environment.h"

namespace adamqlr {

/// `new addon.Program(slots)`: the JavaScript face of a Session.
class ProgramObject : public Napi::ObjectWrap<ProgramObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /// Checks the type tag first, so that no other wrapped object can pose as a program. ObjectWrap's methods call it.
  static ProgramObject* Unwrap(Napi::Object object);

  explicit ProgramObject(const Napi::CallbackInfo& info);
  ~ProgramObject() override;

  /// Hands waiting rows and the end of the run to the callbacks. On the event loop's thread.
  void deliver();
  /// See Session.
  void silence() { session_->silence(); }
  void halt() { session_->halt(); }
  void join() { session_->join(); }

 private:
  Napi::Value add_plan(const Napi::CallbackInfo& info);
  void write(const Napi::CallbackInfo& info);
  void read(const Napi::CallbackInfo& info);
  void run(const Napi::CallbackInfo& info);
  Napi::Value run_sync(const Napi::CallbackInfo& info);
  Napi::Value profile(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  Napi::Value memory(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  void deliver_rows();
  void finish();
  void account();

  std::shared_ptr<Environment> environment_;
  std::unique_ptr<Session> session_;
  Napi::FunctionReference on_stats_, on_done_;
  StatsRing::Batch batch_;
  int64_t accounted_ = 0;  // bytes that V8 was told about
};

}  // namespace adamqlr
