#pragma once
#include <string>

namespace adamqlr {

/// CPUs this process may use: the smallest of hardware threads, affinity mask and cgroup quota (rounded down); at
/// least 1.
int cpu_count();

/// The smallest CPU quota, rounded down to whole CPUs of at least 1, of the cgroups v1 and v2 under `root` that
/// `membership` names, of their ancestors and of the root itself; kMaxThreads where there is none.
int cgroup_cpus(const std::string& root, const std::string& membership);

/// Threads of the compute pool until somebody says otherwise: ADAMQLR_NUM_THREADS when it is in [1, 256], else
/// cpu_count().
int default_threads();

constexpr int kMaxThreads = 256;

}  // namespace adamqlr
