import { expect, it } from 'vitest';
import { PARSERS } from '../../src/parse/index.js';
import { type Piece, TextRouter } from '../../src/parse/routing/router.js';

/** What the router makes of lines that several hosts printed at once. */
function pieces(lines: Iterable<string>): { readonly pieces: readonly Piece[]; readonly finished: number } {
  const opened: Piece[] = [];
  let finished = 0;
  const router = new TextRouter(PARSERS, 'paste.txt', {
    open(piece) {
      opened.push(piece);
      return { emit: () => undefined, observe: () => undefined, note: () => undefined } as never;
    },
    finished: () => finished++,
    notUnderstood: () => undefined,
    unread: () => undefined,
    crashed: (parser, line, error) => expect.fail(`${parser} at ${line}: ${String(error)}`),
  });
  let number = 0;
  for (const text of lines) router.line({ text, number: ++number } as never);
  router.end(number);
  return { pieces: opened, finished };
}

it('what does not fit beside the lines of other hosts counts as cut, so that nothing is said to be missing', () => {
  function* huge(): Generator<string> {
    yield '$ pdsh -a ip route';
    for (let i = 0; i < 250_000; i++) yield `w${i % 2}: 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} dev eth0 scope link`;
  }
  const told = pieces(huge());
  const routes = told.pieces.filter(({ parser }) => parser === 'ip-route');
  expect(routes.slice(0, 2)).toMatchObject([
    { host: 'w0', filtered: true },
    { host: 'w1', filtered: true },
  ]);
  expect(told.finished).toBe(0);
});

it('lines of a few hosts are a whole output for each', () => {
  const told = pieces([
    '$ pdsh -a ip route',
    'w1: default via 10.1.1.1 dev eth0',
    'w2: default via 10.1.2.1 dev eth0',
    'w1: 10.1.1.0/24 dev eth0 scope link',
    '',
    '$ date',
  ]);
  expect(told.pieces).toMatchObject([
    { parser: 'ip-route', host: 'w1', filtered: false },
    { parser: 'ip-route', host: 'w2', filtered: false },
  ]);
  expect(told.finished).toBe(2);
});
