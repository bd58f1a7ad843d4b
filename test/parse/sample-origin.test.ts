import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PARSERS } from '../../src/parse/index.js';

/** samples/README.md says of every format which samples are real and which are lines from the reference. */
const rows = new Map(
  [...readFileSync('samples/README.md', 'utf8').matchAll(/^\| ([a-z][a-z0-9-]+) \| (.*?) ?\| (.*?) ?\|$/gm)]
    .filter((match) => match[1] !== 'format' && match[1] !== 'bundle')
    .map((match) => [match[1]!, { real: names(match[2]!), reference: names(match[3]!) }]),
);

function names(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

/** Our own format: no other tool writes it. */
const OWN = new Set(['inventory-csv']);

it('every format has a row', () => {
  expect([...rows.keys()].sort()).toEqual(PARSERS.map(({ id }) => id).sort());
});

it.each(PARSERS.filter(({ id }) => !OWN.has(id)).map(({ id }) => id))('%s has a trusted sample', (id) => {
  const { real, reference } = rows.get(id)!;
  const goldens = [...real, ...reference].map((name) => {
    const file = /\.(?:txt|csv|tsv|yaml)$/.test(name) ? name : `${name}.txt`;
    expect(existsSync(`samples/formats/${id}/${file}`), `samples/formats/${id}/${file}`).toBe(true);
    return readFileSync(`test/golden/parse/${id}/${file}.golden`, 'utf8');
  });
  expect(goldens.some((golden) => /^ {7}> | {5}= host /m.test(golden))).toBe(true);
});
