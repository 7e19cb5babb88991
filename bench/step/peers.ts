/** What the peers measure, by the names of the issue of results: microseconds per step. */
export const PEER_FIGURES = [
  'torchAdamUs',
  'torchCompileUs',
  'jaxAdamUs',
  'jaxAdamScanUs',
  'jaxAdamqlrUs',
  'jaxAdamqlrScanUs',
  'tfjsUs',
] as const;

export type PeerFigure = (typeof PEER_FIGURES)[number];

/** The programs of other frameworks: which process to start, and which figures it answers with. */
export const PEERS = {
  torch: { command: 'python3', script: 'peer_torch.py', figures: ['torchAdamUs', 'torchCompileUs'] },
  jax: { command: 'python3', script: 'peer_jax.py', figures: ['jaxAdamUs', 'jaxAdamScanUs', 'jaxAdamqlrUs', 'jaxAdamqlrScanUs'] },
  tfjs: { command: 'node', script: 'peer_tfjs.cjs', figures: ['tfjsUs'] },
} as const satisfies Record<string, { command: string; script: string; figures: readonly PeerFigure[] }>;

export type PeerName = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as PeerName[];

/** The figures that count for the target of an optimizer: the fastest of torch and JAX, per call or scanned. */
export const RIVALS = {
  adam: ['torchAdamUs', 'torchCompileUs', 'jaxAdamUs', 'jaxAdamScanUs'],
  adamqlr: ['jaxAdamqlrUs', 'jaxAdamqlrScanUs'],
} as const satisfies Record<string, readonly PeerFigure[]>;

/** Medians of the peers; null where a peer is missing or was not asked. */
export type PeerMedians = Readonly<Record<PeerFigure, number | null>>;

/** The fastest rival of an optimizer, or null where none was measured. */
export function bestRival(peers: PeerMedians, optimizer: keyof typeof RIVALS): { readonly figure: PeerFigure; readonly us: number } | null {
  const measured = RIVALS[optimizer].flatMap((figure) => (peers[figure] === null ? [] : [{ figure, us: peers[figure] }]));
  return measured.length === 0 ? null : measured.reduce((a, b) => (b.us < a.us ? b : a));
}
