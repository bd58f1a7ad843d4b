import { expect, it } from 'vitest';
import { ipsetList } from '../../src/parse/netfilter/ipset-list.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(ipsetList);

it('ipset-list starts on its own lines only', () => {
  for (const line of ['Name: cali40masq-ipam-pools', '  Name: x']) expect(ipsetList.starts(line), line).toBe(true);
  for (const line of [
    'Name:',
    'Name:         web-5d4f8',
    'NAME: x',
    'Name: Bob Smith',
    'name: kube-proxy',
    'Type: hash:net',
    'Members:',
  ])
    expect(ipsetList.starts(line), line).toBe(false);
});

it('gives back what is no entry of that type of set', () => {
  const head = 'Name: x\nType: hash:net\nNumber of entries: 2Members:\n10.0.0.0/8\n';
  const text = annotate(ipsetList, `${head}...\ndone\n上面\n10.1.0.0/16 nomatch\n`, { path: 'x' });
  expect(text.match(/not understood/g)).toHaveLength(3);
  expect(text).toContain('member=10.1.0.0/16 nomatch=true');
});

it('makes no set of a name alone', () => {
  expect(annotate(ipsetList, 'Name: web\nNamespace: default\n', { path: 'x' })).not.toContain('> ipset');
});
