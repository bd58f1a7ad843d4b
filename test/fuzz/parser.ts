import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { damage, disturb, several } from './mutate.js';
import { readAsMember } from './read-as-member.js';
import { storable } from './storable.js';
import type { Target } from './target.js';

const FOLDER = 'samples/formats';
const samples = readdirSync(FOLDER).flatMap((parser) =>
  readdirSync(join(FOLDER, parser)).map((name) => readFileSync(join(FOLDER, parser, name))),
);

/** Every text format: no parser throws, and every row is one that the store can hold. */
export const parser: Target = {
  name: 'parser',
  file: 'input.txt',
  make(random) {
    const [sample, other] = [random.pick(samples), random.pick(samples)];
    // The first line names the command: as a prompt it leads to its parser whatever became of the rest.
    const prompted = (text: Buffer): Buffer =>
      Buffer.from(text.toString('latin1').replace(/^#! /, 'root@n1:~# '), 'latin1');
    const changed = several(random.oneIn(4) ? damage : disturb, prompted(sample), prompted(other), random);
    return random.oneIn(6)
      ? Buffer.concat([changed, Buffer.from('\n'), several(disturb, other, sample, random)])
      : changed;
  },
  check: (input) => readAsMember(input, storable),
};
