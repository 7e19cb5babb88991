#include "program_object.h"

#include <algorithm>
#include <string>

#include "../core/cpu_count.h"
#include "arguments.h"
#include "sync_observer.h"

namespace adamqlr {
namespace {

constexpr napi_type_tag kProgramTag = {0x6164616d716c7270, 0x726f6772616d0001};

Napi::Object to_result(Napi::Env env, const RunResult& result) {
  constexpr const char* kReasons[] = {"done", "stopped", "uncommitted"};
  Napi::Object object = Napi::Object::New(env);
  object.Set("reason", kReasons[static_cast<int>(result.reason)]);
  object.Set("steps", static_cast<double>(result.steps));
  Napi::Float64Array seconds = Napi::Float64Array::New(env, result.seconds.size());
  std::copy(result.seconds.begin(), result.seconds.end(), seconds.Data());
  object.Set("seconds", seconds);
  return object;
}

/// Four numbers per execution: place, thread, start and end in nanoseconds; lane by lane, each in the order of the
/// ends.
Napi::Float64Array to_timings(Napi::Env env, const Timeline& timeline) {
  size_t count = 0;
  for (const auto& lane : timeline.lanes()) count += lane.size();
  Napi::Float64Array array = Napi::Float64Array::New(env, 4 * count);
  double* to = array.Data();
  for (const auto& lane : timeline.lanes()) {
    for (const Timing& timing : lane) {
      *to++ = timing.place;
      *to++ = timing.thread;
      *to++ = static_cast<double>(timing.start);
      *to++ = static_cast<double>(timing.end);
    }
  }
  return array;
}

/// The optional element offset of write and read.
int64_t to_start(const Napi::Value& value, const char* what) {
  return value.IsUndefined() ? 0 : to_integer(value, what, 0, kMaxElements);
}

}  // namespace

Napi::Function ProgramObject::define(Napi::Env env) {
  return DefineClass(
      env, "Program",
      {InstanceMethod("addPlan", &ProgramObject::add_plan), InstanceMethod("write", &ProgramObject::write),
       InstanceMethod("read", &ProgramObject::read), InstanceMethod("run", &ProgramObject::run),
       InstanceMethod("runSync", &ProgramObject::run_sync), InstanceMethod("profile", &ProgramObject::profile),
       InstanceMethod("stop", &ProgramObject::stop), InstanceMethod("memory", &ProgramObject::memory),
       InstanceMethod("dispose", &ProgramObject::dispose)});
}

ProgramObject* ProgramObject::Unwrap(Napi::Object object) {
  if (!object.CheckTypeTag(&kProgramTag)) {
    throw Napi::TypeError::New(object.Env(), "Program: expected a Program as 'this', got another object");
  }
  return Napi::ObjectWrap<ProgramObject>::Unwrap(object);
}

ProgramObject::ProgramObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ProgramObject>(info), environment_(Environment::of(info.Env())) {
  std::vector<SlotSpec> slots = to_slots(info[0]);
  session_ = std::make_unique<Session>(cpu_backend());
  throw_if(info.Env(), session_->create(std::move(slots)));
  info.This().As<Napi::Object>().TypeTag(&kProgramTag);
  environment_->add(this);
  account();
}

ProgramObject::~ProgramObject() {
  environment_->remove(this);
  if (session_ != nullptr) session_->silence();
  session_.reset();
  if (accounted_ != 0) Napi::MemoryManagement::AdjustExternalMemory(Env(), -accounted_);
}

/// Tells V8 what this small object really weighs, so that forgotten programs are collected in time.
void ProgramObject::account() {
  constexpr int64_t kLargestStep = int64_t{512} << 20;  // V8 takes larger steps badly
  const Program::Memory memory = session_->memory();
  const int64_t bytes = memory.state + memory.arena + memory.scratch;
  while (accounted_ != bytes) {
    const int64_t step = std::clamp(bytes - accounted_, -kLargestStep, kLargestStep);
    Napi::MemoryManagement::AdjustExternalMemory(Env(), step);
    accounted_ += step;
  }
}

Napi::Value ProgramObject::add_plan(const Napi::CallbackInfo& info) {
  const TypedData bytes = to_typed_data(info[0], "addPlan");
  if (bytes.dtype != DType::kUint8)
    throw Napi::TypeError::New(info.Env(), "addPlan: expected a Uint8Array, got another typed array");
  int index = 0;
  throw_if(info.Env(),
           session_->add_plan({static_cast<const uint8_t*>(bytes.data), static_cast<size_t>(bytes.count)}, &index));
  account();
  return Napi::Number::New(info.Env(), index);
}

void ProgramObject::write(const Napi::CallbackInfo& info) {
  const auto slot = static_cast<size_t>(to_integer(info[0], "write slot", 0, INT32_MAX));
  const int64_t start = to_start(info[2], "write start");
  const TypedData from = to_typed_data(info[1], "write");
  throw_if(info.Env(), session_->write(slot, from.dtype, from.data, from.count, start));
}

void ProgramObject::read(const Napi::CallbackInfo& info) {
  const auto slot = static_cast<size_t>(to_integer(info[0], "read slot", 0, INT32_MAX));
  const int64_t start = to_start(info[2], "read start");
  const TypedData into = to_typed_data(info[1], "read");
  throw_if(info.Env(), session_->read(slot, into.dtype, into.data, into.count, start));
}

void ProgramObject::run(const Napi::CallbackInfo& info) {
  Job job = to_job(info[0], info[3]);
  if (!info[2].IsFunction())
    throw Napi::TypeError::New(info.Env(), "run: expected a function to call at the end, got another type");
  const bool record = info[1].IsFunction();
  std::shared_ptr<Environment> environment = environment_;
  throw_if(info.Env(), session_->start(std::move(job), record, [environment] { environment->wake(); }));
  on_done_ = Napi::Persistent(info[2].As<Napi::Function>());
  if (record) on_stats_ = Napi::Persistent(info[1].As<Napi::Function>());
  Ref();  // until finish()
  environment_->open_run(this);
  account();
}

void ProgramObject::deliver() {
  // Asked before taking the rows: what was recorded before the end is then among them.
  const bool ended = session_->ended();
  try {
    deliver_rows();
  } catch (const Napi::Error&) {
    if (ended) finish();
    throw;
  }
  if (ended) finish();
}

void ProgramObject::deliver_rows() {
  session_->stats().take(&batch_);
  if (on_stats_.IsEmpty()) return;
  const double* values = batch_.values.data();
  for (const StatsRing::Group& group : batch_.groups) {
    const Napi::HandleScope scope(Env());
    const size_t count = group.rows * group.width;
    Napi::Float64Array rows = Napi::Float64Array::New(Env(), count);
    std::copy(values, values + count, rows.Data());
    values += count;
    on_stats_.Call(
        {Napi::Number::New(Env(), group.plan), rows, Napi::Number::New(Env(), static_cast<double>(group.width))});
  }
}

void ProgramObject::finish() {
  [[maybe_unused]] const Napi::Object self = Value();  // keeps this object until the callback returns
  RunResult result;
  const Status status = session_->collect(&result);
  const Napi::Function on_done = on_done_.Value();
  on_stats_.Reset();
  on_done_.Reset();
  environment_->close_run(this);
  Unref();
  const Napi::Value error = status ? Env().Null() : Napi::String::New(Env(), status.message()).As<Napi::Value>();
  on_done.Call({error, to_result(Env(), result)});
}

Napi::Value ProgramObject::run_sync(const Napi::CallbackInfo& info) {
  Job job = to_job(info[0], info[2]);
  SyncObserver observer(info.Env(), info[1]);
  RunResult result;
  const Status status = session_->run_here(std::move(job), observer, &result);
  observer.finish();
  account();
  throw_if(info.Env(), status);
  return to_result(info.Env(), result);
}

Napi::Value ProgramObject::profile(const Napi::CallbackInfo& info) {
  Job job = to_job(info[0], info.Env().Undefined());
  SyncObserver observer(info.Env(), info.Env().Undefined());
  RunResult result;
  Timeline timeline(kMaxThreads);
  const Status status = session_->run_here(std::move(job), observer, &result, &timeline);
  observer.finish();
  account();
  throw_if(info.Env(), status);
  Napi::Object object = to_result(info.Env(), result);
  object.Set("timings", to_timings(info.Env(), timeline));
  return object;
}

void ProgramObject::stop(const Napi::CallbackInfo&) { session_->stop(); }

Napi::Value ProgramObject::memory(const Napi::CallbackInfo& info) {
  const Program::Memory memory = session_->memory();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("state", static_cast<double>(memory.state));
  object.Set("arena", static_cast<double>(memory.arena));
  object.Set("scratch", static_cast<double>(memory.scratch));
  return object;
}

void ProgramObject::dispose(const Napi::CallbackInfo&) {
  session_->release();
  account();
}

}  // namespace adamqlr
