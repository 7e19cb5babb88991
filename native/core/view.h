#pragma once
#include <cstdint>

namespace adamqlr {

enum class DType : uint8_t { kFloat32 = 0, kFloat64 = 1, kInt32 = 2, kUint8 = 3, kBool = 4 };
constexpr int kDTypeCount = 5;
constexpr int64_t size_of(DType dtype) {
  return dtype == DType::kFloat64 ? 8 : dtype == DType::kFloat32 || dtype == DType::kInt32 ? 4 : 1;
}

constexpr int kMaxRank = 8;

/// A dense row-major tensor that somebody else owns. `dims` are the bound sizes (named sizes already replaced).
struct View {
  void* data = nullptr;
  DType dtype = DType::kFloat32;
  int rank = 0;
  int64_t dims[kMaxRank] = {};

  int64_t count() const {
    int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= dims[i];
    return n;
  }
  int64_t bytes() const { return count() * size_of(dtype); }
  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

}  // namespace adamqlr
