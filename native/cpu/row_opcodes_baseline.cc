// The row-program loops for baseline.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3,no-math-errno,no-trapping-math")
#endif
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "isa_target.h"
#include "row_opcodes.h"

#define ADAMQLR_VARIANT baseline
#define ADAMQLR_TARGET ADAMQLR_TARGET_BASELINE
#include "row_functions.inc"
#include "row_loops.inc"
#include "row_table.inc"
