// How many CPUs there are: quotas of cgroups in folders made for the purpose, and the affinity mask of this process.
#include "../core/cpu_count.h"

#include <filesystem>
#include <fstream>

#include "check.h"

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

namespace adamqlr::test {
namespace {

namespace fs = std::filesystem;

/// A folder in place of /sys/fs/cgroup, with a file in place of /proc/self/cgroup.
struct Tree {
  Tree() {
    fs::remove_all(root);
    fs::create_directories(root);
  }
  ~Tree() { fs::remove_all(root); }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  int cpus(const std::string& membership) const {
    std::ofstream(root / "membership") << membership;
    return cgroup_cpus(root.string(), (root / "membership").string());
  }
  void quota_v1(const std::string& folder, const std::string& quota) const {
    put(folder + "/cpu.cfs_quota_us", quota + "\n");
    put(folder + "/cpu.cfs_period_us", "100000\n");
  }
#if defined(__linux__)
  fs::path root = fs::temp_directory_path() / ("adamqlr-cgroup-" + std::to_string(getpid()));
#else
  fs::path root = fs::temp_directory_path() / "adamqlr-cgroup";
#endif
};

void test_no_quota() {
  const Tree tree;
  CHECK(tree.cpus("") == kMaxThreads);
  CHECK(tree.cpus("0::/\n") == kMaxThreads);
  tree.put("cpu.max", "max 100000\n");
  tree.put("a/cpu.max", "max 100000\n");
  CHECK(tree.cpus("0::/a\n") == kMaxThreads);
  tree.put("a/cpu.max", "rubbish\n");
  CHECK(tree.cpus("0::/a\nrubbish\n:\n") == kMaxThreads);
  tree.quota_v1("cpu/a", "-1");
  CHECK(tree.cpus("4:cpu:/a\n") == kMaxThreads);
}

void test_version_2() {
  const Tree tree;
  tree.put("cpu.max", "800000 100000\n");
  tree.put("slice/cpu.max", "300000 100000\n");
  tree.put("slice/job/cpu.max", "max 100000\n");
  tree.put("other/cpu.max", "100000 100000\n");
  CHECK(tree.cpus("0::/\n") == 8);           // a container sees its own quota at the root
  CHECK(tree.cpus("0::/slice/job\n") == 3);  // that of the folder above
  tree.put("slice/job/cpu.max", "250000 100000\n");
  CHECK(tree.cpus("0::/slice/job\n") == 2);  // rounded down
  tree.put("slice/job/cpu.max", "20000 100000\n");
  CHECK(tree.cpus("0::/slice/job\n") == 1);  // but never to none
}

void test_version_1() {
  const Tree tree;
  tree.quota_v1("cpu", "600000");
  CHECK(tree.cpus("4:cpu,cpuacct:/host/path\n") == 6);  // a container that is told a path of the host
  tree.quota_v1("cpu/slice", "400000");
  tree.quota_v1("cpu/slice/job", "-1");
  CHECK(tree.cpus("9:memory:/elsewhere\n4:cpu,cpuacct:/slice/job\n1:name=systemd:/slice\n") == 4);
  CHECK(tree.cpus("4:cpuacct,cpu:/slice\n") == 4);
  CHECK(tree.cpus("4:cpuset:/slice\n") == 6);  // of other controllers nothing is read
}

#if defined(__linux__)
/// Must come first to ask for cpu_count(), which asks the system once.
void test_affinity_mask() {
  cpu_set_t mask;
  CHECK(sched_getaffinity(0, sizeof(mask), &mask) == 0);
  int first = 0;
  while (!CPU_ISSET(first, &mask)) ++first;
  CPU_ZERO(&mask);
  CPU_SET(first, &mask);
  CHECK(sched_setaffinity(0, sizeof(mask), &mask) == 0);
  CHECK(cpu_count() == 1);
}
#endif

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_no_quota();
  test_version_2();
  test_version_1();
#if defined(__linux__)
  test_affinity_mask();
#endif
  return finish("cpu_count");
}
