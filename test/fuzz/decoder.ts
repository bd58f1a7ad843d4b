import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from '../decode/dump.js';
import { damage, several } from './mutate.js';
import type { Target } from './target.js';

const FOLDER = 'test/decode/fixtures';
const captures = readdirSync(FOLDER)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => readFileSync(join(FOLDER, name)));

/** Captures: frames are numbered without a gap, no field is NaN, and the pieces in which the bytes arrive make no difference. */
export const decoder: Target = {
  name: 'decoder',
  file: 'input.pcap',
  make: (random) => several(damage, random.pick(captures), random.pick(captures), random),
  async check(input, random) {
    const { frames, notes } = await dump(input);
    frames.forEach((frame, i) => {
      if (frame['place'] !== i + 1) throw new Error(`frame ${i + 1} is numbered ${frame['place']}`);
      for (const [name, value] of Object.entries(frame))
        if (typeof value === 'number' && !Number.isSafeInteger(value))
          throw new Error(`${name} of frame ${i + 1} is ${value}`);
    });
    const again = await dump(input, [1 + random.below(70), 1 + random.below(2000)]);
    if (JSON.stringify([again.frames, again.notes]) !== JSON.stringify([frames, notes]))
      throw new Error('decoded otherwise when it arrives in other pieces');
  },
};
