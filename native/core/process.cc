#include "process.h"

#include <cstdlib>
#include <string>

#include "cpu_count.h"
#include "session.h"

namespace adamqlr {

Process& Process::get() {
  static Process& process = *[] {
    std::atexit([] { Process::get().stop_all(); });
    return new Process();
  }();
  return process;
}

const std::shared_ptr<Pool>& Process::made() {
  if (pool_ == nullptr) pool_ = std::make_shared<Pool>(default_threads());
  return pool_;
}

std::shared_ptr<Pool> Process::pool() {
  const std::lock_guard lock(mutex_);
  return made();
}

int Process::threads() {
  const std::lock_guard lock(mutex_);
  return pool_ == nullptr ? default_threads() : pool_->threads();
}

Status Process::set_threads(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    return Status::error("setThreads: expected threads in [1, 256], got " + std::to_string(threads));
  }
  const std::lock_guard lock(mutex_);
  if (pool_ != nullptr && pool_->threads() == threads) return Status::ok();
  if (running_.load(std::memory_order_acquire) > 0) {
    return Status::error("setThreads: expected no run in progress, got one; wait for it to end or stop it");
  }
  pool_ = std::make_shared<Pool>(threads);
  return Status::ok();
}

std::shared_ptr<Pool> Process::begin_run() {
  const std::lock_guard lock(mutex_);
  running_.fetch_add(1, std::memory_order_relaxed);
  return made();
}

void Process::add(Session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.insert(session);
}

void Process::remove(Session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
}

void Process::stop_all() {
  const std::lock_guard lock(mutex_);
  for (Session* session : sessions_) {
    session->silence();
    session->halt();
  }
  for (Session* session : sessions_) session->join();
}

}  // namespace adamqlr
