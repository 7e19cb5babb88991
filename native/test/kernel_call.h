#pragma once
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <vector>

#include "check.h"
#include "core/denormals.h"
#include "core/kernel.h"

namespace adamqlr::test {

using Dims = std::vector<int64_t>;

/// A tensor on the heap with exactly its bytes, so that AddressSanitizer sees one element too far. Values go in and out
/// as double.
class Tensor {
 public:
  Tensor(DType dtype, Dims dims)
      : dtype_(dtype), dims_(std::move(dims)), data_(std::make_unique<std::byte[]>(view_of(nullptr).bytes())) {}
  Tensor(DType dtype, Dims dims, std::initializer_list<double> values) : Tensor(dtype, std::move(dims)) {
    int64_t i = 0;
    for (const double value : values) set(i++, value);
  }
  View view() const { return view_of(data_.get()); }
  int64_t count() const { return view().count(); }
  int64_t bytes() const { return view().bytes(); }
  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  std::byte* data() const { return data_.get(); }

  double get(int64_t i) const {
    switch (dtype_) {
      case DType::kFloat32:
        return view().as<float>()[i];
      case DType::kFloat64:
        return view().as<double>()[i];
      case DType::kInt32:
        return view().as<int32_t>()[i];
      default:
        return view().as<uint8_t>()[i];
    }
  }
  void set(int64_t i, double value) {
    switch (dtype_) {
      case DType::kFloat32:
        view().as<float>()[i] = static_cast<float>(value);
        break;
      case DType::kFloat64:
        view().as<double>()[i] = value;
        break;
      case DType::kInt32:
        view().as<int32_t>()[i] = static_cast<int32_t>(value);
        break;
      default:
        view().as<uint8_t>()[i] = static_cast<uint8_t>(value);
    }
  }

 private:
  View view_of(void* data) const {
    View view;
    view.data = data;
    view.dtype = dtype_;
    view.rank = static_cast<int>(dims_.size());
    for (size_t i = 0; i < dims_.size() && i < kMaxRank; ++i) view.dims[i] = dims_[i];
    return view;
  }

  DType dtype_;
  Dims dims_;
  std::unique_ptr<std::byte[]> data_;
};

/// A small generator, so that every run tests the same numbers.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15 + 1) {}
  uint64_t bits() {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return state_;
  }
  int64_t below(int64_t n) { return static_cast<int64_t>(bits() % static_cast<uint64_t>(n)); }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  /// Floats in (-2, 2), small integers otherwise.
  Tensor tensor(DType dtype, Dims dims) {
    Tensor t(dtype, std::move(dims));
    for (int64_t i = 0; i < t.count(); ++i) {
      const bool is_float = dtype == DType::kFloat32 || dtype == DType::kFloat64;
      t.set(i, is_float                 ? 4 * uniform() - 2
               : dtype == DType::kInt32 ? static_cast<double>(below(201)) - 100
                                        : static_cast<double>(below(dtype == DType::kBool ? 2 : 200)));
    }
    return t;
  }

 private:
  uint64_t state_;
};

/// An instruction with its attributes.
struct Instruction {
  const char* kernel;
  std::vector<int64_t> ints = {};
  std::vector<double> reals = {};
  std::vector<std::string> names = {};
};

struct FreeAligned {
  void operator()(void* p) const { std::free(p); }
};

/// Prepares, checks and, if asked, runs one instruction on `threads` threads. Scratch has exactly the bytes asked for.
inline Status invoke(const Instruction& instruction, std::vector<View> in, std::vector<View> out, int threads,
                     bool runs = true) {
  static Pool pools[] = {Pool(1), Pool(2), Pool(4)};
  const Kernel* kernel = cpu_backend().find(instruction.kernel);
  if (kernel == nullptr) return Status::error("no such kernel");
  const Attributes attributes{instruction.ints, instruction.reals, instruction.names};
  std::unique_ptr<Prepared> prepared;
  if (kernel->prepare != nullptr) {
    Status status = kernel->prepare(attributes, static_cast<int>(in.size()), static_cast<int>(out.size()), &prepared);
    if (!status) return status;
  }
  std::vector<View> in_shapes = in, out_shapes = out;
  for (View& view : in_shapes) view.data = nullptr;
  for (View& view : out_shapes) view.data = nullptr;
  Call call{in_shapes, out_shapes, attributes, prepared.get(), nullptr, &pools[threads / 2]};
  int64_t scratch_bytes = 0;
  if (Status status = kernel->check(call, &scratch_bytes); !status) return status;
  if (!runs) return Status::ok();
  std::unique_ptr<void, FreeAligned> scratch;
  if (scratch_bytes > 0) {
    void* memory = nullptr;
    if (scratch_bytes > (int64_t{1} << 32) || posix_memalign(&memory, 64, static_cast<size_t>(scratch_bytes)) != 0)
      return Status::error("scratch");
    std::memset(memory, 0xA5, static_cast<size_t>(scratch_bytes));
    scratch.reset(memory);
  }
  const FlushDenormals flush;  // as the workers of the pool do
  call.in = in;
  call.out = out;
  call.scratch = static_cast<std::byte*>(scratch.get());
  return kernel->run(call);
}

inline std::vector<View> views(const std::vector<const Tensor*>& tensors) {
  std::vector<View> all;
  for (const Tensor* tensor : tensors) all.push_back(tensor->view());
  return all;
}

/// Runs on 1, 2 and 4 threads over poisoned outputs: the bits must agree.
inline Status run_everywhere(const Instruction& instruction, const std::vector<const Tensor*>& in,
                             const std::vector<Tensor*>& out) {
  std::vector<std::vector<std::byte>> first;
  for (const int threads : {1, 2, 4}) {
    for (Tensor* tensor : out)
      std::memset(static_cast<void*>(tensor->data()), 0xEE, static_cast<size_t>(tensor->bytes()));
    std::vector<View> outputs;
    for (Tensor* tensor : out) outputs.push_back(tensor->view());
    if (Status status = invoke(instruction, views(in), outputs, threads); !status) return status;
    for (size_t i = 0; i < out.size(); ++i) {
      if (threads == 1)
        first.emplace_back(out[i]->data(), out[i]->data() + out[i]->bytes());
      else if (!std::equal(first[i].begin(), first[i].end(), out[i]->data()))
        return Status::error("other bits with other threads");
    }
  }
  return Status::ok();
}

/// Equal up to `relative` of max(|a|, |b|, scale); NaN equals NaN.
inline bool close(double a, double b, double relative, double scale = 0) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= relative * std::max({std::fabs(a), std::fabs(b), scale});
}

inline double epsilon(DType dtype) { return dtype == DType::kFloat32 ? 0x1p-23 : 0x1p-52; }

/// Calls body(index) for every index of a row-major shape.
template <typename Body>
void for_each_index(const Dims& dims, const Body& body) {
  Dims index(dims.size(), 0);
  int64_t count = 1;
  for (const int64_t d : dims) count *= d;
  for (int64_t i = 0; i < count; ++i) {
    body(index, i);
    for (int axis = static_cast<int>(dims.size()) - 1; axis >= 0 && ++index[axis] == dims[axis]; --axis)
      index[axis] = 0;
  }
}

inline int64_t flat(const Dims& index, const Dims& dims) {
  int64_t at = 0;
  for (size_t i = 0; i < dims.size(); ++i) at = at * dims[i] + index[i];
  return at;
}

}  // namespace adamqlr::test
