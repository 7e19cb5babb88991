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
};

/// A kernel is two plain functions. `check` never trusts the plan: after it succeeds, `run` on the same shapes cannot
/// read or write outside its views whatever the data are (indices are tested while running). Data pointers are null in check.
struct Kernel {
  std::string_view name;
  Status (*check)(const Call& call, int64_t* scratch_bytes);
  Status (*run)(const Call& call);
  /// Null for most. Runs once at load, before any check; must reject malformed attributes without reading shapes.
  Status (*prepare)(const Attributes& attributes, int inputs, int outputs, std::unique_ptr<Prepared>* prepared) = nullptr;
};

/// A backend is a named table of kernels. Presence is support.
struct Backend {
  std::string_view name;
  const Kernel* (*find)(std::string_view kernel);
};

/// Defined in native/cpu/backend.cc.
const Backend& cpu_backend();

}  // namespace adamqlr
