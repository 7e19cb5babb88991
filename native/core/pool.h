#pragma once
#include <cstdint>
#include <memory>

namespace adamqlr {

/// The compute pool shared by the process. The caller takes part as thread 0. Thread t runs the t-th of threads() equal parts of the
/// chunks, so that it finds in its cache what it made of the same part of the data before, and then those that others have not begun: a
/// thread that is held up by another process does not hold up the rest. Which thread runs a
/// chunk never changes a result: kernels cut work by shape alone. Workers flush denormals to zero. When another session holds the
/// pool, the caller runs all chunks itself.
class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const;

  /// Runs body(chunk, thread) for chunk in [0, chunks) and returns when all are done.
  template <typename Body>
  void parallel(int64_t chunks, const Body& body) {
    run(
        chunks,
        [](const void* context, int64_t chunk, int thread) { (*static_cast<const Body*>(context))(chunk, thread); },
        &body);
  }

 private:
  using Task = void (*)(const void* context, int64_t chunk, int thread);
  void run(int64_t chunks, Task task, const void* context);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adamqlr
