// The addon inside ava's own worker threads: only the tests about that.
export default {
  files: ['test/threads/**/*.test.ts'],
  typescript: { rewritePaths: { 'test/': 'dist-test/test/', 'lib/': 'dist-test/lib/' }, compile: false },
  workerThreads: true,
  concurrency: 2,
  timeout: '2m',
};
