import { expect, it } from 'vitest';
import { ipsetXml } from '../../src/parse/netfilter/ipset-xml.js';
import { goldenTests } from './harness.js';

goldenTests(ipsetXml);

it('ipset-xml starts on its own lines only', () => {
  for (const line of ['<ipsets>', '<ipset name="x"><type>hash:ip</type>'])
    expect(ipsetXml.starts(line), line).toBe(true);
  for (const line of ['<html>', '<xml>', '<ipset>x', 'ipset list']) expect(ipsetXml.starts(line), line).toBe(false);
});
