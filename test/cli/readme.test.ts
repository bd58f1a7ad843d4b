import { expect, it } from 'vitest';
import { truePage } from './page.js';

const { steps } = truePage('README.md');

it('the README shows a verdict and a trace', () => {
  const shown = steps.filter((step) => step.shown !== undefined).map((step) => step.command.split(' ')[1]);
  expect(shown).toEqual(expect.arrayContaining(['analyze', 'trace']));
});
