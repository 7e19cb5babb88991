#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "pool.h"
#include "status.h"
#include "view.h"

namespace adamqlr {

/// What a kernel resolves once when a plan loads (function pointers of a row program); most kernels need nothing.
struct Prepared {
  virtual ~Prepared() = default;
};

/// One instruction as the plan states it: everything that does not depend on the bound sizes.
struct Attributes {
  std::span<const int64_t> ints;
  std::span<const double> reals;
  std::span<const std::string> names;
};

/// One instruction at one binding of the named sizes.
struct Call {
  std::span<const View> in;
  std::span<const View> out;
  Attributes attributes;
  const Prepared* prepared = nullptr;
  std::byte* scratch = nullptr;  // 64-byte aligned, as many bytes as check() asked for
  Pool* pool = nullptr;          // set in check() and in run()
  int64_t rows = 1, first_row = 0;  // in a block of rows: how many, and how many of the batch come before; for errors
};

/// What the verifier must know about a kernel; bits of Kernel::traits.
constexpr uint32_t kShapeInput = 1;  // in[0] is a shape tensor: read for its dims only, its data pointer is null
constexpr uint32_t kInPlace = 2;     // an output may be exactly the memory of an input; otherwise they never overlap

/// A kernel is two plain functions. `check` never trusts the plan: after it succeeds, `run` on the same shapes cannot
/// read or write outside its views whatever the data are (indices are tested while running). Data pointers are null in
/// check.
struct Kernel {
  std::string_view name;
  Status (*check)(const Call& call, int64_t* scratch_bytes);
  Status (*run)(const Call& call);
  /// Null for most. Runs once at load, before any check; must reject malformed attributes without reading shapes.
  Status (*prepare)(const Attributes& attributes, int inputs, int outputs,
                    std::unique_ptr<Prepared>* prepared) = nullptr;
  uint32_t traits = 0;  // kShapeInput | kInPlace; inputs other than a kShapeInput in[0] always have data
};

/// What a backend says about itself, for `adamqlr inspect`.
struct BackendInfo {
  std::string isa;                                // the best instruction set of this machine that the kernels know
  std::string isa_used;                           // the one in use
  std::string blas_name, blas_config, blas_core;  // empty where there is none
  int blas_threads = 1;
};

/// A backend is a named table of kernels. Presence is support.
struct Backend {
  std::string_view name;
  const Kernel* (*find)(std::string_view kernel);
  void (*describe)(BackendInfo* info) = nullptr;
};

/// Defined in native/cpu/backend.cc.
const Backend& cpu_backend();

}  // namespace adamqlr
