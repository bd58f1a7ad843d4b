import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { analyze, NothingRead } from '../../src/analyze.js';
import { assertHarmless } from './harmless.js';
import { damage, disturb, HOSTILE, several } from './mutate.js';
import type { Random } from './random.js';
import { membersOf, tarOf } from './tar-of.js';
import type { Target } from './target.js';

const FOLDER = 'samples/bundles';
/** Those that Node itself can unpack; each is a list of members to mutate, or bytes. */
const archives = readdirSync(FOLDER)
  .filter((name) => /\.(?:tar\.gz|tar|zip|tar\.bz2|tar\.zst|tar\.xz)$/.test(name))
  .map((name) => ({ name, bytes: readFileSync(join(FOLDER, name)) }));
const tars = archives.filter(({ name }) => /\.tar(?:\.gz)?$/.test(name));

const hostileName = (name: string, random: Random): string => {
  const bad = random.pick(HOSTILE).toString('latin1').replaceAll('\0', '');
  return random.pick([
    bad,
    `${name}${bad}`,
    `../../${name}`,
    `/${name}`,
    `${bad}/${name}`,
    name.replace(/\d/g, bad),
    '',
  ]);
};

function rebuilt(random: Random): Buffer {
  const members = membersOf(random.pick(tars).bytes);
  const others = membersOf(random.pick(tars).bytes);
  for (let n = 1 + random.below(6); n > 0 && members.length > 0; n--) {
    const i = random.below(members.length);
    const { name, bytes } = members[i]!;
    const other = random.pick(others);
    switch (random.below(7)) {
      case 0:
        members.splice(i, 1);
        break;
      case 1:
        members.push({ name: random.oneIn(2) ? name : `copy/${name}`, bytes });
        break;
      case 2:
        members.push(other);
        break;
      case 3:
        members[i] = { name: hostileName(name, random), bytes };
        break;
      case 4:
        members[i] = { name, bytes: other.bytes };
        break;
      default:
        members[i] = { name, bytes: several(/\.pcap/.test(name) ? damage : disturb, bytes, other.bytes, random) };
    }
  }
  const tar = tarOf(members);
  return random.oneIn(2) ? tar : gzipSync(tar);
}

/** Whole bundles, from bytes to every form of the report. */
export const bundle: Target = {
  name: 'bundle',
  file: 'input.tar',
  make: (random) =>
    random.oneIn(3)
      ? several(damage, random.pick(archives).bytes, random.pick(archives).bytes, random)
      : rebuilt(random),
  async check(input) {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
    const before = process.env['TMPDIR'];
    try {
      const file = join(folder, 'input.tar');
      writeFileSync(file, input);
      process.env['TMPDIR'] = folder;
      try {
        assertHarmless(await analyze([file], { threads: 1 }));
      } catch (error) {
        if (!(error instanceof NothingRead)) throw error;
      }
      const left = readdirSync(folder).filter((name) => name !== 'input.tar');
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
