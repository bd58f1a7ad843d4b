import type { Progress } from '../analyze.js';
import { sizeInWords } from '../core/size.js';
import type { Analysis } from './analysis.js';
import type { Queue } from './store/queue.js';

/** How far an analysis is, in one line for people. */
export function statusOf(analysis: Analysis, queue: Queue): string {
  switch (analysis.state) {
    case 'queued':
    case 'running': {
      const position = queue.position(analysis.id);
      if (position === 1) return 'Waiting, next to start';
      if (position !== undefined) return `Waiting, number ${position} in the queue`;
      return running(queue.progress(analysis.id));
    }
    case 'done': {
      const { state, cause, confidence } = analysis.digest;
      return cause === null ? VERDICTS[state] : `${VERDICTS[state]}: ${cause} (${confidence ?? 'possible'})`;
    }
    case 'failed':
      return `Failed: ${analysis.reason}`;
  }
}

const VERDICTS = {
  diagnosed: 'Diagnosed',
  suspected: 'Suspected',
  'no-fault-found': 'No fault found',
  insufficient: 'Not enough in the bundle',
} as const;

function running(progress: Progress | undefined): string {
  if (progress === undefined) return 'Starting';
  const soFar = `${sizeInWords(progress.bytes)}, ${progress.packets.toLocaleString('en')} packets`;
  if (progress.stage === 'looking') return `Looking for causes in ${soFar}`;
  return `Reading${progress.file === undefined ? '' : ` ${progress.file}`}: ${soFar}`;
}
