// Every inner loop, compiled for baseline.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3,no-math-errno,no-trapping-math,fp-contract=fast")
#elif defined(__clang__)
#pragma clang fp contract(fast)
#endif
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "builtin_gemm.h"
#include "isa_target.h"
#include "reduce_loops.h"
#include "row_opcodes.h"

#define ADAMQLR_VARIANT baseline
#define ADAMQLR_TARGET ADAMQLR_TARGET_BASELINE
#define ADAMQLR_VECTOR_BYTES 16
// The order matters: later loops use earlier functions.
// clang-format off
#include "vectors.inc"
#include "transcendental.inc"
#include "row_functions.inc"
#include "row_loops.inc"
#include "reduce_loops.inc"
#include "gemm_micro.inc"
#include "gemm_short.inc"
#include "gemm_loops.inc"
#include "row_columns.inc"
#include "row_combined.inc"
#include "row_table.inc"
// clang-format on
