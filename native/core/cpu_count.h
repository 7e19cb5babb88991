#pragma once

namespace adamqlr {

/// CPUs this process may use: the smallest of hardware threads, affinity mask and cgroup quota (rounded down); at
/// least 1.
int cpu_count();

/// Threads of the compute pool until somebody says otherwise: ADAMQLR_NUM_THREADS when it is in [1, 256], else
/// cpu_count().
int default_threads();

constexpr int kMaxThreads = 256;

}  // namespace adamqlr
