import { describe, expect, it } from 'vitest';
import { calicoSelects } from '../../../src/model/policies/calico-selector.js';
import { selects } from '../../../src/model/policies/selector.js';

const LABELS = new Map([
  ['app', 'web'],
  ['tier', 'front'],
]);

describe('label selectors of Kubernetes', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app=web,tier in (back,front)', true],
    ['app=web,tier in (back)', false],
    ['tier notin (back)', true],
    ['role notin (db)', true],
    ['role!=db', true],
    ['role', false],
    ['!role', true],
    ['app', true],
  ])('%j: %s', (selector, match) => expect(selects(selector, LABELS)).toBe(match));

  it('does not know without labels, save that all are all', () => {
    expect(selects('app=web', undefined)).toBe(undefined);
    expect(selects('', undefined)).toBe(true);
  });
});

describe('selectors of Calico', () => {
  it.each([
    ['all()', true],
    ["app == 'web'", true],
    ["app == 'web' && has(tier)", true],
    ['app == \'db\' || tier == "front"', true],
    ["app == 'db' && tier == 'front' || has(app)", true],
    ["!(app == 'web')", false],
    ["app not in {'db', 'cache'}", true],
    ["app in {'db'}", false],
    ["role != 'db'", true],
    ["tier starts with 'fr'", true],
  ])('%j: %s', (selector, match) => expect(calicoSelects(selector, LABELS)).toBe(match));

  it.each(['global()', "app ~ 'web'", "app == 'web", "app == 'web')"])('does not guess at %j', (selector) => {
    expect(calicoSelects(selector, LABELS)).toBe(undefined);
  });

  it('does not know without labels', () => {
    expect(calicoSelects("app == 'web'", undefined)).toBe(undefined);
    expect(calicoSelects("app == 'web' || all()", undefined)).toBe(true);
  });
});
