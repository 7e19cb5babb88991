// Finds a vendor BLAS for the addon: node native/find-blas.mjs [name|libraries], both as JSON without an argument
// ADAMQLR_BLAS=auto (default) tries the list below, =none finds nothing, =PATH takes that library file or searches that folder only.
// A candidate counts when a program that calls cblas_sgemm and a symbol of the vendor links, runs and multiplies correctly;
// a reference BLAS has no vendor symbol, so the built-in kernels are used instead of it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const NONE = { name: 'none', libraries: '' };

/** What each vendor is called, a symbol only it has, and its link names in order of preference. */
const VENDORS = [
  { name: 'accelerate', symbol: 'vDSP_vadd', links: process.platform === 'darwin' ? [['-framework', 'Accelerate']] : [] },
  { name: 'openblas', symbol: 'openblas_get_config', links: [['-lopenblasp'], ['-lopenblas']] },
  { name: 'mkl', symbol: 'MKL_Get_Version_String', links: [['-lmkl_rt']] },
  { name: 'blis', symbol: 'bli_info_get_version_str', links: [['-lblis'], ['-lblis-mt']] },
];

const probe = (symbol) => `
enum { kRowMajor = 101, kNoTranspose = 111 };
extern "C" {
void cblas_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
void ${symbol}();
}
void (*volatile vendor)() = ${symbol};
int main() {
  const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  float c[4] = {};
  cblas_sgemm(kRowMajor, kNoTranspose, kNoTranspose, 2, 2, 2, 1.0f, a, 2, b, 2, 0.0f, c, 2);
  return vendor != nullptr && c[0] == 19 && c[1] == 22 && c[2] == 43 && c[3] == 50 ? 0 : 1;
}
`;

/** Folders beyond the linker's own where vendors install. */
function searchFolders() {
  const { MKLROOT } = process.env;
  return [
    '/opt/OpenBLAS/lib',
    '/opt/homebrew/opt/openblas/lib',
    ...(MKLROOT ? [join(MKLROOT, 'lib'), join(MKLROOT, 'lib/intel64')] : []),
  ].filter((folder) => existsSync(folder));
}

const inFolder = (folder, link) => [`-L${folder}`, `-Wl,-rpath,${folder}`, ...link];

/** Every (vendor, link flags) pair to try, best first. */
function candidates(choice) {
  if (choice === 'auto') {
    const folders = searchFolders();
    return VENDORS.flatMap((vendor) =>
      vendor.links.flatMap((link) => [link, ...folders.map((folder) => inFolder(folder, link))].map((libraries) => [vendor, libraries])),
    );
  }
  const path = resolve(choice);
  if (!existsSync(path)) throw new Error(`find-blas: expected ADAMQLR_BLAS to be auto, none or an existing path, got ${choice}`);
  if (statSync(path).isDirectory()) return VENDORS.flatMap((vendor) => vendor.links.map((link) => [vendor, inFolder(path, link)]));
  return VENDORS.map((vendor) => [vendor, [path, `-Wl,-rpath,${dirname(path)}`, '-lpthread', '-lm']]);
}

function works(folder, { symbol }, libraries) {
  const source = join(folder, 'probe.cc');
  const program = join(folder, 'probe');
  writeFileSync(source, probe(symbol));
  const compiled = spawnSync(process.env.CXX || 'c++', [source, '-o', program, ...libraries], { stdio: 'ignore' });
  return compiled.status === 0 && spawnSync(program, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

/** The first candidate that works, as { name, libraries: link flags }. A path that does not work is an error, not a fallback. */
function findBlas(choice = process.env.ADAMQLR_BLAS || 'auto') {
  if (choice === 'none') return NONE;
  const folder = mkdtempSync(join(tmpdir(), 'adamqlr-blas-'));
  try {
    for (const [vendor, libraries] of candidates(choice)) {
      if (works(folder, vendor, libraries)) return { name: vendor.name, libraries: libraries.join(' ') };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (choice !== 'auto')
    throw new Error(`find-blas: expected OpenBLAS, MKL, BLIS or Accelerate with CBLAS at ${choice}, got none that links and runs`);
  return NONE;
}

const found = findBlas();
console.log(process.argv[2] === undefined ? JSON.stringify(found) : found[process.argv[2]]);
