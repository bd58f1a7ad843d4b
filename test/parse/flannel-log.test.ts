import { describe, expect, it } from 'vitest';
import { leaseOfDump } from '../../src/parse/log/flannel-facts.js';
import { flannelLog } from '../../src/parse/log/flannel-log.js';
import { goldenTests } from './harness.js';

describe('flannel-log', () => {
  goldenTests(flannelLog);

  it('decodes addresses whose leading zero Go dropped', () => {
    const dump =
      'lease.Event{Type:0, Lease:lease.Lease{Subnet:ip.IP4Net{IP:0xaf40300, PrefixLen:0x18}, Attrs:lease.LeaseAttrs{PublicIP:0xa000205, BackendType:"vxlan"}}}';
    expect(leaseOfDump(dump)).toMatchObject({ subnet: '10.244.3.0/24', public_ip: '10.0.2.5', action: 'added' });
  });

  it('gives nothing for an event without an IPv4 subnet', () => {
    expect(leaseOfDump('Type:0, Subnet:ip.IP4Net{IP:0x0, PrefixLen:0x0}')).toBeUndefined();
  });

  it.each([
    '',
    '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink',
    'FLANNEL_NETWORK=10.244.0.0/16',
    'Using interface with name eth0 and address 10.0.0.1',
    '查看flannel的日志',
    'I think flannel uses interface eth0',
    'kube-flannel-ds-2clkz   1/1     Running   0             28d   192.168.1.56   longinus-master-1   <none>           <none>',
    'I0612 05:53:08.531       1 server_others.go:72] "Using iptables proxy"',
    '2024-06-12 05:53:08.531 [INFO][1] main.go 107: Failed to create SubnetManager: x',
    'E0612 05:53:08.531       1 reflector.go:138] Failed to watch *v1.Service: timeout',
  ])('does not start at %j', (line) => expect(flannelLog.starts(line)).toBe(false));

  it.each([
    'I0116 03:29:15.881452       1 match.go:259] Using interface with name ens33 and address 192.168.1.56',
    'I0116 03:29:15.971015       1 main.go:458] Waiting for all goroutines to exit',
    'May  9 10:11:12 n1 k3s[2559]: time="2022-05-09T10:11:12Z" level=info msg="Starting flannel with backend vxlan"',
  ])('starts at %j', (line) => expect(flannelLog.starts(line)).toBe(true));
});
