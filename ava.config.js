export default {
  files: ['test/**/*.test.ts', '!test/threads/**'],
  typescript: { rewritePaths: { 'test/': 'dist-test/test/', 'lib/': 'dist-test/lib/' }, compile: false },
  workerThreads: false,
  concurrency: 2,
  timeout: '2m',
  nodeArguments: ['--expose-gc', '--enable-source-maps'],
  environmentVariables: { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
};
