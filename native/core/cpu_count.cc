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

/// The quota of one cgroup v1 folder; -1 is none.
int quota_of_v1(const std::string& folder) {
  double quota = 0, period = 0;
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  return quota_file >> quota && period_file >> period ? whole_cpus(quota, period) : kMaxThreads;
}

bool lists_cpu(const std::string& controllers) { return ("," + controllers + ",").find(",cpu,") != std::string::npos; }

int measure() {
  int cpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) cpus = std::min(cpus, std::max(1, CPU_COUNT(&mask)));
  cpus = std::min(cpus, cgroup_cpus("/sys/fs/cgroup", "/proc/self/cgroup"));
#endif
  return std::min(cpus, kMaxThreads);
}

}  // namespace

int cgroup_cpus(const std::string& root, const std::string& membership) {
  // In a container the process is often told a path of the host, and its own folder is the root.
  int cpus = std::min(quota_of(root), quota_of_v1(root + "/cpu"));
  std::ifstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // "0::/path", or "7:cpu,cpuacct:/path" of v1
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !lists_cpu(controllers)) continue;
    // Every ancestor's quota holds as well.
    for (std::string path = line.substr(second + 1); path.size() > 1; path.erase(path.rfind('/'))) {
      cpus = std::min(cpus, controllers.empty() ? quota_of(root + path) : quota_of_v1(root + "/cpu" + path));
    }
  }
  return cpus;
}

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
