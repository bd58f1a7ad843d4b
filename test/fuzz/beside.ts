import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyze, NothingRead, withModel } from '../../src/analyze.js';
import { EVENT_TABLES } from '../../src/core/event/index.js';
import { damage, disturb, several } from './mutate.js';
import { membersOf, type TarMember, tarOf } from './tar-of.js';
import type { Target } from './target.js';

const FOLDER = 'samples/bundles';
const bundles = readdirSync(FOLDER)
  .filter((name) => /\.tar(?:\.gz)?$/.test(name))
  .map((name) => membersOf(readFileSync(join(FOLDER, name))));

/** The first member of an input: the changed bytes of the one whose number its name ends in. The others are as they were. */
const CHANGED = 'changed-';

/** What the store has of each file, as text: rows of every table, packets, and what could not be read. */
type Facts = ReadonlyMap<string, readonly string[]>;

const PACKETS = "SELECT file, 'packet' AS what, * EXCLUDE (file, node, tap) FROM packet";

async function factsOf(path: string): Promise<Facts> {
  const facts = new Map<string, string[]>();
  const add = (file: string, what: unknown): void => {
    const text = JSON.stringify(what, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    facts.set(file, [...(facts.get(file) ?? []), text]);
  };
  await withModel([path], { threads: 1 }, async ({ store }) => {
    const tables = EVENT_TABLES.map(
      ({ name }) =>
        `SELECT p.file, '${name}' AS what, t.* EXCLUDE (source) FROM "${name}" t JOIN place p USING (source)`,
    );
    for (const sql of [...tables, PACKETS]) for (const row of await store.query(sql)) add(String(row['file']), row);
    for (const note of store.notes) add(note.file, note);
  });
  // The database gives them in any order.
  for (const rows of facts.values()) rows.sort();
  return facts;
}

/** Throws when a file has other facts in one than in the other. */
function assertSame(before: Facts, after: Facts, except: string): void {
  for (const file of new Set([...before.keys(), ...after.keys()])) {
    // A member of the changed one, if it became an archive.
    if (file === except || file.startsWith(`${except}!`)) continue;
    const [was, is] = [before.get(file) ?? [], after.get(file) ?? []];
    const other = was.findIndex((row, i) => row !== is[i]);
    if (other >= 0 || was.length !== is.length)
      throw new Error(`${file} beside ${except} was ${was[other] ?? was.length}, is ${is[other] ?? is.length}`);
  }
}

/** Rubbish that no parser knows: the report names it, and is the same otherwise. */
async function assertSameReport(folder: string, members: readonly TarMember[]): Promise<void> {
  const report = async (more: readonly TarMember[]) => {
    writeFileSync(join(folder, 'input.tar'), tarOf([...members, ...more]));
    const { bundle: _, notRead, ...rest } = await analyze([join(folder, 'input.tar')], { threads: 1 });
    return { notRead, rest: JSON.stringify(rest) };
  };
  const rubbish = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff));
  const [without, beside] = [await report([]), await report([{ name: 'zz-rubbish', bytes: rubbish }])];
  if (beside.rest !== without.rest) throw new Error('a file that was not read changed the report');
  if (!beside.notRead.some(({ file }) => file === 'zz-rubbish')) throw new Error('rubbish was not named');
}

/** One member is damaged: what the others say stays the same, and so does the report beside a member that is rubbish. */
export const beside: Target = {
  name: 'beside',
  file: 'input.tar',
  make(random) {
    const members = random.pick(bundles);
    const i = random.below(members.length);
    const { name, bytes } = members[i]!;
    const other = random.pick(random.pick(bundles)).bytes;
    const changed = several(/\.pcap/.test(name) || random.oneIn(3) ? damage : disturb, bytes, other, random);
    return tarOf([{ name: `${CHANGED}${i}`, bytes: changed }, ...members]);
  },
  async check(input) {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
    try {
      const [changed, ...members] = membersOf(input);
      const number = Number(changed!.name.slice(CHANGED.length));
      const facts = async (all: readonly TarMember[]): Promise<Facts> => {
        writeFileSync(join(folder, 'input.tar'), tarOf(all));
        return factsOf(join(folder, 'input.tar'));
      };
      const damaged = members.map((member, i) => (i === number ? { ...member, bytes: changed!.bytes } : member));
      assertSame(await facts(members), await facts(damaged), members[number]!.name);
      await assertSameReport(folder, damaged);
    } catch (error) {
      if (!(error instanceof NothingRead)) throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
