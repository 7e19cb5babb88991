import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { Session } from '../../lib/runtime/session.js';
import { fillNetwork, network } from './programs.js';

/** What a child process (by its first argument) or a worker (by its data) does. */
const mode = (workerData as string | null) ?? process.argv[2];

function started(): Session {
  const session = new Session(network());
  fillNetwork(session);
  return session;
}

const FOREVER = [{ plan: 'step', steps: 1_000_000_000, record: 'none' }] as const;
const say = (text: string) => process.stdout.write(`${text}\n`);

switch (mode) {
  case 'exit': {
    started()
      .run(FOREVER)
      .catch(() => {});
    setTimeout(() => {
      say(`exiting ${Date.now()}`);
      process.exit(7);
    }, 100);
    break;
  }
  case 'throw': {
    started()
      .run(FOREVER)
      .catch(() => {});
    setTimeout(() => {
      say(`exiting ${Date.now()}`);
      throw new Error('uncaught on purpose');
    }, 100);
    break;
  }
  case 'end': {
    started()
      .run([{ plan: 'step', steps: 3 }])
      .then(({ reason }) => say(reason));
    break;
  }
  case 'terminate':
  case 'terminate sync': {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: mode === 'terminate' ? 'worker run' : 'worker runSync' });
    worker.on('message', () =>
      setTimeout(async () => {
        const start = Date.now();
        await worker.terminate();
        say(`terminated ${Date.now() - start}`);
      }, 100),
    );
    break;
  }
  case 'worker run': {
    started()
      .run(FOREVER)
      .catch(() => {});
    parentPort!.postMessage('running');
    break;
  }
  case 'worker runSync': {
    const session = started();
    parentPort!.postMessage('running');
    session.runSync(FOREVER);
    break;
  }
  case 'worker result': {
    const session = started();
    session.runSync([{ plan: 'step', steps: 20, record: 'none' }]);
    parentPort!.postMessage(session.read('w'));
    break;
  }
  default:
    throw new Error(`unknown mode '${mode}'`);
}
