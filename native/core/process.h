#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include "pool.h"
#include "status.h"

namespace adamqlr {

class Session;

/// What all sessions of the process share: the compute pool, and the list by which they are all stopped at exit.
class Process {
 public:
  /// Made on first use and never destroyed, because threads may outlive static destructors. Registers stop_all() with
  /// std::atexit: a process that ends while a native thread is inside a BLAS call would otherwise hang in its
  /// destructors.
  static Process& get();

  std::shared_ptr<Pool> pool();
  int threads();
  /// Replaces the pool; an error while anything runs.
  Status set_threads(int threads);

  /// The pool, held in place until end_run().
  std::shared_ptr<Pool> begin_run();
  void end_run() { running_.fetch_sub(1, std::memory_order_release); }

  void add(Session* session);
  void remove(Session* session);
  /// Halts every session, then waits for all their threads.
  void stop_all();

 private:
  Process() = default;
  const std::shared_ptr<Pool>& made();  // the pool, made if need be; with the mutex held
  std::mutex mutex_;
  std::set<Session*> sessions_;
  std::shared_ptr<Pool> pool_;
  std::atomic<int> running_{0};
};

}  // namespace adamqlr
