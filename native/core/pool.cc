#include "pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "cpu_count.h"
#include "denormals.h"

namespace adamqlr {
namespace {

inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` differs from `old`: spins for at most `budget`, then parks. The waker stores the value first and
/// then calls wake(), both sequentially consistent, so either it sees `parked` or this thread sees the new value.
void await_change(std::atomic<uint32_t>& value, uint32_t old, std::atomic<uint32_t>& parked,
                  std::chrono::nanoseconds budget) {
  std::chrono::steady_clock::time_point start;
  for (int round = 0;; ++round) {
    for (int i = 0; i < 64; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause();
    }
    const auto now = std::chrono::steady_clock::now();
    if (round == 0) start = now;  // the common, short wait never reads the clock
    if (now - start >= budget) break;
  }
  parked.store(1, std::memory_order_seq_cst);
  while (value.load(std::memory_order_seq_cst) == old) value.wait(old, std::memory_order_seq_cst);
  parked.store(0, std::memory_order_relaxed);
}

void wake(std::atomic<uint32_t>& value, std::atomic<uint32_t>& parked) {
  if (parked.load(std::memory_order_seq_cst) != 0) value.notify_all();
}

}  // namespace

/// One mailbox per worker, the caller's line and the worker's line apart, so an idle worker costs the others nothing.
struct alignas(64) Mailbox {
  // Written by the caller.
  std::atomic<uint32_t> posted{0};
  std::atomic<uint32_t> caller_parked{0};
  void (*task)(const void*, int64_t, int) = nullptr;
  const void* context = nullptr;
  int64_t chunks = 0;
  bool quit = false;
  // Written by the worker.
  alignas(64) std::atomic<uint32_t> done{0};
  std::atomic<uint32_t> worker_parked{0};
};

struct Pool::Impl {
  explicit Impl(int threads) : count(threads), mailboxes(std::make_unique<Mailbox[]>(threads)) {
    // More threads than cores: whoever spins holds up the thread it waits for.
    spin = threads > cpu_count() ? std::chrono::microseconds(0) : std::chrono::microseconds(100);
    for (int t = 1; t < count; ++t) workers.emplace_back([this, t] { work(t); });
  }

  ~Impl() {
    for (int t = 1; t < count; ++t) {
      mailboxes[t].quit = true;
      post(mailboxes[t]);
    }
    for (std::thread& worker : workers) worker.join();
  }

  static void post(Mailbox& box) {
    box.posted.store(box.posted.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    wake(box.posted, box.worker_parked);
  }

  void work(int thread) {
    const FlushDenormals flush;
    Mailbox& box = mailboxes[thread];
    for (uint32_t ticket = 0;; ++ticket) {
      await_change(box.posted, ticket, box.worker_parked, spin);
      if (box.quit) return;
      for (int64_t c = thread; c < box.chunks; c += count) box.task(box.context, c, thread);
      box.done.store(ticket + 1, std::memory_order_seq_cst);
      wake(box.done, box.caller_parked);
    }
  }

  const int count;
  std::chrono::nanoseconds spin;
  std::unique_ptr<Mailbox[]> mailboxes;
  std::vector<std::thread> workers;
  std::atomic<bool> held{false};
};

Pool::Pool(int threads) : impl_(std::make_unique<Impl>(std::max(threads, 1))) {}
Pool::~Pool() = default;
int Pool::threads() const { return impl_->count; }

void Pool::run(int64_t chunks, Task task, const void* context) {
  Impl& pool = *impl_;
  const int helpers = static_cast<int>(std::min<int64_t>(pool.count, chunks)) - 1;
  if (helpers <= 0 || pool.held.exchange(true, std::memory_order_acquire)) {
    for (int64_t c = 0; c < chunks; ++c) task(context, c, 0);
    return;
  }
  for (int t = 1; t <= helpers; ++t) {
    Mailbox& box = pool.mailboxes[t];
    box.task = task;
    box.context = context;
    box.chunks = chunks;
    Impl::post(box);
  }
  for (int64_t c = 0; c < chunks; c += pool.count) task(context, c, 0);
  for (int t = 1; t <= helpers; ++t) {
    Mailbox& box = pool.mailboxes[t];
    await_change(box.done, box.posted.load(std::memory_order_relaxed) - 1, box.caller_parked, pool.spin);
  }
  pool.held.store(false, std::memory_order_release);
}

}  // namespace adamqlr
