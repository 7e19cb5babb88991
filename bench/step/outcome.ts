import { type Summary, summarize } from '../statistics.js';
import { digits, table } from '../table.js';
import { OPTIMIZERS, type OptimizerName, operations, type StepCase } from './cases.js';
import { bestRival, PEER_FIGURES, type PeerFigure, type PeerMedians } from './peers.js';
import type { Race } from './race.js';
import { judge, TARGETS, type Verdict } from './targets.js';

/** What a race came to for one optimizer. */
export type Outcome = {
  readonly case: string;
  readonly optimizer: OptimizerName;
  readonly ours: Summary;
  readonly peers: PeerMedians;
  readonly gflops: number;
  readonly peakGflops: number | null;
  readonly rival: { readonly figure: PeerFigure; readonly us: number } | null;
  /** The best rival's time over ours. */
  readonly ratio: number | null;
  /** An AdamQLR step's time over an Adam step's; null for Adam. */
  readonly cost: number | null;
  readonly residentMegabytes: number;
};

export function outcomes(c: StepCase, { ours, peers, residentMegabytes }: Race, peakGflops: number | null): Outcome[] {
  const medians = Object.fromEntries(
    PEER_FIGURES.map((figure) => [figure, peers.has(figure) ? summarize(peers.get(figure)!).median : null]),
  ) as PeerMedians;
  const adam = summarize(ours.adam).median;
  return OPTIMIZERS.map((optimizer) => {
    const summary = summarize(ours[optimizer]);
    const rival = bestRival(medians, optimizer);
    return {
      case: c.name,
      optimizer,
      ours: summary,
      peers: medians,
      gflops: operations(c, optimizer) / summary.median / 1e3,
      peakGflops,
      rival,
      ratio: rival === null ? null : rival.us / summary.median,
      cost: optimizer === 'adamqlr' ? summary.median / adam : null,
      residentMegabytes: residentMegabytes[optimizer],
    };
  });
}

/** The object of one line of --json. */
export function publish({ case: name, optimizer, ours, peers, gflops, peakGflops }: Outcome): Readonly<Record<string, unknown>> {
  const { median, p10, p90 } = ours;
  return { case: name, optimizer, medianUs: median, p10Us: p10, p90Us: p90, peers, gflops, peakGflops };
}

const percent = (part: number) => `${(100 * part).toFixed(0)} %`;

/** What the targets say about one outcome, in words. */
export function verdictOf(o: Outcome): { readonly speed: Verdict; readonly cost: boolean | null } {
  const targets = TARGETS[o.case]!;
  return { speed: judge(o.ratio, targets[o.optimizer]), cost: o.cost === null ? null : o.cost <= targets.cost };
}

/** The columns of targets, and of what they say where the run may judge. */
function targetCells(o: Outcome, judged: boolean): string[] {
  const { must, stretch } = TARGETS[o.case]![o.optimizer];
  const { speed, cost } = verdictOf(o);
  const cells = [must.toFixed(2), stretch.toFixed(2), o.cost === null ? '' : TARGETS[o.case]!.cost.toFixed(2)];
  return judged ? [...cells, speed, cost === null ? '' : cost ? 'held' : 'too dear'] : cells;
}

/** Our steps against their best rivals. Steps from images have no targets of their own, and a run that was disturbed gives no verdict. */
export function outcomeTable(all: readonly Outcome[], targets: 'none' | 'shown' | 'judged'): string {
  const head = ['step', 'us', 'p10', 'p90', 'rounds', 'best peer', 'its us', 'ratio', 'QLR/Adam', 'of peak', 'MB'];
  if (targets !== 'none') head.push('must', 'stretch', 'QLR/Adam <=');
  if (targets === 'judged') head.push('speed', 'cost');
  const rows = all.map((o) => [
    `${o.case} ${o.optimizer}`,
    ...[o.ours.median, o.ours.p10, o.ours.p90].map(digits),
    `+-${percent(o.ours.spread / 2)}`,
    o.rival?.figure.replace(/Us$/, '') ?? '-',
    o.rival === null ? '-' : digits(o.rival.us),
    o.ratio === null ? '-' : `${o.ratio.toFixed(2)} x`,
    o.cost?.toFixed(2) ?? '',
    o.peakGflops === null ? '-' : percent(o.gflops / o.peakGflops),
    String(o.residentMegabytes),
    ...(targets === 'none' ? [] : targetCells(o, targets === 'judged')),
  ]);
  return table(head, rows);
}

/** The medians of all peers. */
export function peerTable(all: readonly Outcome[]): string {
  const rows = all
    .filter((o) => o.optimizer === 'adam')
    .map((o) => [o.case, ...PEER_FIGURES.map((figure) => (o.peers[figure] === null ? '-' : digits(o.peers[figure])))]);
  return table(['peers, us per step', ...PEER_FIGURES.map((figure) => figure.replace(/Us$/, ''))], rows);
}
