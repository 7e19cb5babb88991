import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, ask } from '../child.js';
import type { LoadWatch } from '../load.js';
import { root } from '../record.js';
import { IMAGES, OPTIMIZERS, type OptimizerName, type Source, type StepCase } from './cases.js';
import { COURSE } from './our-step.js';
import { PEERS, type PeerFigure, type PeerName } from './peers.js';

/** How a race is run. */
export type RaceOptions = {
  readonly rounds: number;
  readonly threads: number;
  /** Seconds of samples of each figure in each round. */
  readonly seconds: number;
  readonly peers: readonly PeerName[];
  readonly watch: LoadWatch;
  readonly say: (line: string) => void;
  /** What to do before every round. */
  readonly beforeRound: () => void;
};

/** Samples in microseconds per step, one list per round. */
export type Race = {
  readonly ours: Readonly<Record<OptimizerName, readonly (readonly number[])[]>>;
  readonly peers: ReadonlyMap<PeerFigure, readonly (readonly number[])[]>;
  /** Why a peer or one of its figures is not there. */
  readonly absent: ReadonlyMap<string, string>;
  readonly versions: Readonly<Record<string, string>>;
  readonly residentMegabytes: Readonly<Record<OptimizerName, number>>;
};

const WORKER = join(root, 'dist-test', 'bench', 'step', 'worker.js');

function peerArguments(c: StepCase, source: Source, { threads, seconds }: RaceOptions): string[] {
  const { sizes, batch, loss } = c;
  const options = { sizes: sizes.join(','), batch, loss, source, images: IMAGES, course: COURSE, threads, seconds };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

class Racing {
  readonly ours: Record<OptimizerName, number[][]> = { adam: [], adamqlr: [] };
  readonly residentMegabytes: Record<OptimizerName, number> = { adam: 0, adamqlr: 0 };
  readonly peers = new Map<PeerFigure, number[][]>();
  readonly absent = new Map<string, string>();
  readonly versions: Record<string, string> = {};
  readonly #case: StepCase;
  readonly #source: Source;
  readonly #options: RaceOptions;

  constructor(c: StepCase, source: Source, options: RaceOptions) {
    this.#case = c;
    this.#source = source;
    this.#options = options;
  }

  async round(index: number): Promise<void> {
    const { peers } = this.#options;
    // Ours, a peer, ours, a peer: slow minutes of the machine hit both.
    await this.#us('adam', index);
    if (peers.includes('torch')) await this.#peer('torch');
    await this.#us('adamqlr', index);
    if (peers.includes('jax')) await this.#peer('jax');
    if (peers.includes('tfjs') && this.#source === 'resident') await this.#peer('tfjs');
  }

  async #us(optimizer: OptimizerName, round: number): Promise<void> {
    const { threads, seconds, watch } = this.#options;
    const check = round === 0 ? 'check' : 'checked';
    const answer = await ask(process.execPath, [WORKER, this.#case.name, optimizer, this.#source, String(threads), String(seconds), check]);
    this.ours[optimizer].push(answer['ourUs'] as number[]);
    this.residentMegabytes[optimizer] = Math.max(this.residentMegabytes[optimizer], answer['residentMegabytes'] as number);
    watch.mark();
  }

  async #peer(name: PeerName): Promise<void> {
    if (this.absent.has(name)) return;
    const { command, script, figures } = PEERS[name];
    const path = join(root, 'bench', 'peers', script);
    try {
      const program = command === 'node' ? process.execPath : command;
      this.#take(name, figures, await ask(program, [path, ...peerArguments(this.#case, this.#source, this.#options)]));
    } catch (error) {
      // A peer that broke down is not a peer that is slow: it is reported, and the race goes on without it.
      this.absent.set(name, (error as Error).message);
      this.#options.say(`  ${name} is left out: ${(error as Error).message}`);
    }
    this.#options.watch.mark();
  }

  #take(name: PeerName, figures: readonly PeerFigure[], answer: Answer): void {
    if (answer['missing'] !== undefined) {
      this.absent.set(name, String(answer['missing']));
      this.#options.say(`  ${name} is missing: ${answer['missing']}`);
      return;
    }
    this.versions[name] = String(answer['version']);
    const failed = (answer['failed'] ?? {}) as Readonly<Record<string, string>>;
    for (const figure of figures) {
      const samples = answer[figure] as number[] | undefined;
      if (samples === undefined) this.absent.set(figure, failed[figure] ?? 'no answer');
      else this.peers.set(figure, [...(this.peers.get(figure) ?? []), samples]);
    }
  }
}

/** Times a case: rounds of ours and of the peers in turn, every one in a fresh process. */
export async function race(c: StepCase, source: Source, options: RaceOptions): Promise<Race> {
  if (!existsSync(WORKER)) throw new Error(`bench: expected ${WORKER}, got none; compile with npx tsc -p tsconfig.test.json`);
  const racing = new Racing(c, source, options);
  for (let round = 0; round < options.rounds; round++) {
    options.beforeRound();
    options.watch.mark();
    options.say(`${c.name} ${source}: round ${round + 1} of ${options.rounds} (${OPTIMIZERS.join(', ')})`);
    await racing.round(round);
  }
  return racing;
}
