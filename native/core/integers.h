#pragma once
#include <cstdint>

namespace adamqlr {

constexpr int64_t ceil_div(int64_t n, int64_t size) { return n / size + (n % size != 0); }
constexpr int64_t round_up(int64_t n, int64_t size) { return ceil_div(n, size) * size; }

}  // namespace adamqlr
