#include "environment.h"

#include <algorithm>

#include "program_object.h"

namespace adamqlr {
namespace {

/// Instance data. Program objects share the ownership, because Node may finalize them after the instance data.
struct Holder {
  std::shared_ptr<Environment> environment;
};

}  // namespace

void Environment::attach(Napi::Env env) {
  auto* holder = new Holder{std::shared_ptr<Environment>(new Environment(env))};
  env.SetInstanceData(holder);
  Environment* environment = holder->environment.get();
  environment->wake_ = Wake::New(env, "adamqlr", 0, 1, environment);
  environment->wake_.Unref(env);
  // After the thread-safe function was made: hooks run last in, first out, so our threads end before it is closed.
  env.AddCleanupHook(
      [](Environment* self) {
        for (ProgramObject* program : self->programs_) program->silence();
        self->shutdown();
      },
      environment);
}

std::shared_ptr<Environment> Environment::of(Napi::Env env) { return env.GetInstanceData<Holder>()->environment; }

void Environment::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  if (wake_.NonBlockingCall() != napi_ok) woken_.store(false, std::memory_order_release);  // closing: nobody listens
}

void Environment::call_js(Napi::Env env, Napi::Function, Environment* environment, void*) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment is being torn down
  environment->woken_.store(false, std::memory_order_release);
  environment->deliver();
}

/// A callback that throws must not keep the others from their news: it becomes an 'uncaughtException'.
void Environment::deliver() {
  const Napi::HandleScope scope(env_);
  const std::vector<ProgramObject*> open = open_;
  for (ProgramObject* program : open) {
    if (std::find(open_.begin(), open_.end(), program) == open_.end()) continue;
    try {
      program->deliver();
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env_, error.Value());
    }
  }
}

void Environment::open_run(ProgramObject* program) {
  if (open_.empty()) wake_.Ref(env_);
  open_.push_back(program);
}

void Environment::close_run(ProgramObject* program) {
  open_.erase(std::remove(open_.begin(), open_.end(), program), open_.end());
  if (open_.empty()) wake_.Unref(env_);
}

void Environment::shutdown() {
  for (ProgramObject* program : programs_) program->halt();
  for (ProgramObject* program : programs_) program->join();
}

}  // namespace adamqlr
