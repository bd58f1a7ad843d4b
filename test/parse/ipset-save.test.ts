import { expect, it } from 'vitest';
import { ipsetSave } from '../../src/parse/netfilter/ipset-save.js';
import { goldenTests } from './harness.js';

goldenTests(ipsetSave);

it('ipset-save starts on its own lines only', () => {
  for (const line of [
    'create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536',
    'add KUBE-LOOP-BACK 10.244.1.5,udp:53,10.244.1.5',
    'add x 10.0.0.0/8 timeout 0 comment "a b"',
  ])
    expect(ipsetSave.starts(line), line).toBe(true);
  for (const line of [
    'create a pod',
    'add a comment',
    'add x y',
    'add the route 10.0.0.0/8 via',
    'create deployment web --image=x',
    '-A -t 10.1.0.1:443 -s rr',
    '-A FORWARD -j ACCEPT',
    'adding 10.0.0.1',
  ])
    expect(ipsetSave.starts(line), line).toBe(false);
});
