// The compute pool: every chunk once, on the promised thread, from one or several callers.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "../core/cpu_count.h"
#include "../core/pool.h"
#include "check.h"

namespace adamqlr::test {
namespace {

void test_chunks(int threads) {
  Pool pool(threads);
  CHECK(pool.threads() == threads);
  for (const int64_t chunks : {0, 1, 2, 3, 4, 5, 17, 1000}) {
    std::vector<int> times(static_cast<size_t>(chunks)), on(static_cast<size_t>(chunks));
    pool.parallel(chunks, [&](int64_t chunk, int thread) {
      ++times[static_cast<size_t>(chunk)];
      on[static_cast<size_t>(chunk)] = thread;
    });
    for (int64_t c = 0; c < chunks; ++c) {
      CHECK(times[static_cast<size_t>(c)] == 1);
      CHECK(on[static_cast<size_t>(c)] >= 0 && on[static_cast<size_t>(c)] < threads);
    }
  }
}

/// A thread that is held up in one chunk does not keep its others: whoever is free runs them. Chunk 1, wherever it runs, waits for the rest.
void test_held_up_thread() {
  Pool pool(2);
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> rest = 0;
    pool.parallel(8, [&](int64_t chunk, int) {
      if (chunk != 1) {
        ++rest;
        return;
      }
      const auto start = std::chrono::steady_clock::now();
      while (rest < 7 && std::chrono::steady_clock::now() - start < std::chrono::seconds(5)) std::this_thread::yield();
      CHECK(rest == 7);
    });
  }
}

/// Parked or spinning, every dispatch must come back.
void test_pauses(int threads) {
  Pool pool(threads);
  std::atomic<int64_t> sum = 0;
  for (int i = 0; i < 200; ++i) {
    pool.parallel(8, [&](int64_t chunk, int) { sum += chunk; });
    if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(sum == 200 * 28);
}

void test_two_callers_and_nesting() {
  Pool pool(2);
  std::atomic<int64_t> sum = 0;
  const auto work = [&] {
    for (int i = 0; i < 2000; ++i) pool.parallel(3, [&](int64_t chunk, int) { sum += chunk + 1; });
  };
  std::thread other(work);
  work();
  other.join();
  CHECK(sum == 2 * 2000 * 6);
  sum = 0;
  pool.parallel(4, [&](int64_t, int) { pool.parallel(5, [&](int64_t chunk, int) { sum += chunk; }); });
  CHECK(sum == 4 * 10);
}

/// More threads than cores must cost no more than some context switches: 16 threads, 500 barriers, far below a second
/// each.
void test_oversubscription() {
  Pool pool(std::max(16, 4 * cpu_count()));
  std::atomic<int64_t> sum = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) pool.parallel(16, [&](int64_t, int) { sum += 1; });
  CHECK(sum == 500 * 16);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

/// A thread that is late for a small job must not take chunks of the large one that follows it before that has begun.
void test_jobs_of_changing_size() {
  Pool pool(3);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::seconds(2)) {
    std::atomic<int64_t> ran = 0;
    for (int i = 0; i < 1000; ++i) {
      for (const int64_t chunks : {2 + i % 5, 64}) pool.parallel(chunks, [&](int64_t, int) { ++ran; });
    }
    CHECK(ran == 1000 * (4 + 64));
  }
}

/// Workers flush denormals; the caller's mode is its own business.
void test_denormals() {
  Pool pool(2);
  double halves[2] = {};  // by thread; the two chunks meet, so each thread runs one
  std::atomic<int> arrived = 0;
  pool.parallel(2, [&](int64_t, int thread) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
    volatile double tiny = 2.2250738585072014e-308;
    halves[thread] = tiny / 2;
  });
  CHECK(halves[0] > 0);
  CHECK(halves[1] == 0);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  for (const int threads : {1, 2, 4}) {
    test_chunks(threads);
    test_pauses(threads);
  }
  test_held_up_thread();
  test_two_callers_and_nesting();
  test_oversubscription();
  test_jobs_of_changing_size();
  test_denormals();
  return finish("pool");
}
