#include "cpu_count.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace adamqlr {
namespace {

/// CPUs a quota of `quota` microseconds per `period` amounts to; a large number when there is none.
int whole_cpus(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return kMaxThreads;
  return static_cast<int>(std::clamp(quota / period, 1.0, static_cast<double>(kMaxThreads)));
}

/// The quota of one cgroup v2 folder: "max 100000" or "150000 100000".
int quota_of(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") return kMaxThreads;
  return whole_cpus(std::strtod(quota.c_str(), nullptr), period);
}

int cgroup_cpus() {
  const std::string root = "/sys/fs/cgroup";
  int cpus = quota_of(root);
  std::ifstream membership("/proc/self/cgroup");
  for (std::string line; std::getline(membership, line);) {
    if (line.rfind("0::/", 0) != 0) continue;
    // Every ancestor's quota holds as well.
    for (std::string path = line.substr(3); path.size() > 1; path.erase(path.rfind('/'))) {
      cpus = std::min(cpus, quota_of(root + path));
    }
  }
  double quota = 0, period = 0;  // cgroup v1
  std::ifstream quota_file(root + "/cpu/cpu.cfs_quota_us"), period_file(root + "/cpu/cpu.cfs_period_us");
  if (quota_file >> quota && period_file >> period) cpus = std::min(cpus, whole_cpus(quota, period));
  return cpus;
}

int measure() {
  int cpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) cpus = std::min(cpus, std::max(1, CPU_COUNT(&mask)));
  cpus = std::min(cpus, cgroup_cpus());
#endif
  return std::min(cpus, kMaxThreads);
}

}  // namespace

int cpu_count() {
  static const int cpus = measure();
  return cpus;
}

int default_threads() {
  if (const char* text = std::getenv("ADAMQLR_NUM_THREADS")) {
    const long threads = std::strtol(text, nullptr, 10);
    if (threads >= 1 && threads <= kMaxThreads) return static_cast<int>(threads);
  }
  return cpu_count();
}

}  // namespace adamqlr
