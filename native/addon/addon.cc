#include <napi.h>

#include <string>

#include "../core/kernel.h"
#include "../core/process.h"
#include "arguments.h"
#include "environment.h"
#include "program_object.h"

#ifndef ADAMQLR_VERSION
#define ADAMQLR_VERSION "development"
#endif

namespace adamqlr {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#elif defined(__GNUC__)
constexpr const char* kCompiler = "gcc " __VERSION__;
#elif defined(_MSC_VER)
constexpr const char* kCompiler = "msvc";
#else
constexpr const char* kCompiler = "unknown";
#endif

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  BackendInfo backend;
  if (cpu_backend().describe != nullptr) cpu_backend().describe(&backend);
  uint32_t napi = 0;
  napi_get_version(env, &napi);
  Napi::Object blas = Napi::Object::New(env);
  blas.Set("name", backend.blas_name);
  blas.Set("config", backend.blas_config);
  blas.Set("core", backend.blas_core);
  blas.Set("threads", backend.blas_threads);
  Napi::Object object = Napi::Object::New(env);
  object.Set("napi", napi);
  object.Set("compiler", kCompiler);
  object.Set("isa", backend.isa);
  object.Set("isaUsed", backend.isa_used);
  object.Set("blas", blas);
  object.Set("threads", Process::get().threads());
  object.Set("version", ADAMQLR_VERSION);
  return object;
}

void set_threads(const Napi::CallbackInfo& call) {
  throw_if(call.Env(), Process::get().set_threads(static_cast<int>(to_integer(call[0], "setThreads", 1, 256))));
}

void shutdown(const Napi::CallbackInfo& call) { Environment::of(call.Env())->shutdown(); }

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Environment::attach(env);
  exports.Set("info", Napi::Function::New<info>(env, "info"));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env, "setThreads"));
  exports.Set("shutdown", Napi::Function::New<shutdown>(env, "shutdown"));
  exports.Set("Program", ProgramObject::define(env));
  return exports;
}

NODE_API_MODULE(adamqlr, init)

}  // namespace
}  // namespace adamqlr
