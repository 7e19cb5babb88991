#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "../core/kernel.h"

namespace adamqlr::test {

// A backend of a few float64 kernels, enough to drive the executor: tests of the core depend on no real one.

inline Status expect_arguments(const Call& call, size_t in, size_t out, size_t reals) {
  if (call.in.size() != in || call.out.size() != out || call.attributes.reals.size() != reals) {
    return Status::error("toy: expected other operands");
  }
  for (const View& view : call.in) {
    if (view.dtype != DType::kFloat64) return Status::error("toy: expected float64");
  }
  return Status::ok();
}

inline Status check_add(const Call& call, int64_t* scratch) {
  if (Status status = expect_arguments(call, 2, 1, 0); !status) return status;
  for (const View& view : call.in) {
    if (view.count() != call.out[0].count() || call.out[0].dtype != DType::kFloat64)
      return Status::error("add: expected equal shapes");
  }
  *scratch = 64;
  return Status::ok();
}
inline Status run_add(const Call& call) {
  const double *a = call.in[0].as<double>(), *b = call.in[1].as<double>();
  double* c = call.out[0].as<double>();
  const int64_t n = call.out[0].count(), chunk = 4;
  std::memset(call.scratch, 1, 64);  // for the sanitizer
  call.pool->parallel((n + chunk - 1) / chunk, [&](int64_t index, int) {
    for (int64_t i = index * chunk; i < std::min(n, (index + 1) * chunk); ++i) c[i] = a[i] + b[i];
  });
  return Status::ok();
}

inline Status check_fill(const Call& call, int64_t*) {
  if (Status status = expect_arguments(call, 0, 1, 1); !status) return status;
  return call.out[0].dtype == DType::kFloat64 ? Status::ok() : Status::error("fill: expected float64");
}
inline Status run_fill(const Call& call) {
  std::fill_n(call.out[0].as<double>(), call.out[0].count(), call.attributes.reals[0]);
  return Status::ok();
}

inline Status check_less(const Call& call, int64_t*) {
  if (Status status = expect_arguments(call, 2, 1, 0); !status) return status;
  const bool scalars = call.in[0].count() == 1 && call.in[1].count() == 1 && call.out[0].count() == 1;
  return scalars && call.out[0].dtype == DType::kBool ? Status::ok() : Status::error("less: expected scalars");
}
inline Status run_less(const Call& call) {
  *call.out[0].as<uint8_t>() = *call.in[0].as<double>() < *call.in[1].as<double>() ? 1 : 0;
  return Status::ok();
}

inline Status check_size(const Call& call, int64_t*) {
  if (Status status = expect_arguments(call, 1, 1, 0); !status) return status;
  return call.out[0].count() == 1 && call.out[0].dtype == DType::kFloat64 ? Status::ok()
                                                                          : Status::error("size: expected float64[]");
}
inline Status run_size(const Call& call) {
  *call.out[0].as<double>() = static_cast<double>(call.in[0].count());
  return Status::ok();
}

inline Status check_nothing(const Call&, int64_t*) { return Status::ok(); }
inline Status run_fail(const Call&) { return Status::error("fail: expected to succeed, got asked to fail"); }
inline Status check_fail_at(const Call& call, int64_t*) { return expect_arguments(call, 1, 0, 0); }
inline Status run_fail_at(const Call& call) {
  const double first = *call.in[0].as<double>();
  return first == 0 ? Status::ok() : Status::error("fail_at: expected 0, got " + std::to_string(std::lround(first)));
}
inline Status check_nap(const Call& call, int64_t*) { return expect_arguments(call, 0, 0, 1); }
inline Status run_nap(const Call& call) {
  const double milliseconds = std::clamp(call.attributes.reals[0], 0.0, 50.0);
  std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(milliseconds));
  return Status::ok();
}
inline Status prepare_picky(const Attributes& attributes, int, int, std::unique_ptr<Prepared>*) {
  return attributes.ints.empty() ? Status::ok() : Status::error("picky: expected no ints");
}

inline const Kernel* find_toy(std::string_view name) {
  static constexpr Kernel kKernels[] = {
      {"add", check_add, run_add, nullptr, kInPlace},
      {"fill", check_fill, run_fill},
      {"less", check_less, run_less},
      {"size", check_size, run_size, nullptr, kShapeInput},
      {"fail", check_nothing, run_fail},
      {"fail_at", check_fail_at, run_fail_at},
      {"nap", check_nap, run_nap},
      {"picky", check_nothing, run_fail, prepare_picky},
  };
  for (const Kernel& kernel : kKernels) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

inline const Backend& toy_backend() {
  static constexpr Backend kBackend{"toy", find_toy};
  return kBackend;
}

}  // namespace adamqlr::test
