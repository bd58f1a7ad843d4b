import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.js';
import { analyzed } from '../bundle-folder.js';
import { recorded } from './recorded.js';

const NODES = {
  'k1/hostname': 'k1\n',
  'k1/ip_addr.txt': recorded('checksum-k1-ip-addr.txt'),
  'k2/hostname': 'k2\n',
  'k2/ip_addr.txt': recorded('checksum-k2-ip-addr.txt'),
};

async function found(files: Readonly<Record<string, string | Buffer>>): Promise<readonly Finding[]> {
  const report = await analyzed({ ...NODES, ...files });
  expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  return report.findings.filter((f) => f.code === 'bad-checksum');
}

describe('bad-checksum fires', () => {
  it("on envelopes at the receiver's uplink, where others of the sender are right", async () => {
    const [finding, ...more] = await found({ 'k2/eth0.pcap': recorded('checksum-receiver.pcap') });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'likely', count: 5 });
    expect(finding?.title).toContain('wrong outer UDP checksum');
    expect(finding?.subjects).toEqual(expect.arrayContaining(['192.168.88.11', '192.168.88.12', 'k1', 'k2', 'eth0']));
    expect(finding?.evidence[0]).toMatchObject({ file: 'k2/eth0.pcap', frame: 27 });
  });

  it('as proven with the counter of the receiver', async () => {
    const [finding] = await found({
      'k2/eth0.pcap': recorded('checksum-receiver.pcap'),
      'k2/nstat.txt': recorded('checksum-nstat.txt'),
    });
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'proven' });
    expect(JSON.stringify(finding?.evidence)).toContain('UdpInCsumErrors');
  });

  it('on a capture of nothing but envelopes only when the receiver has counted drops', async () => {
    const only = { 'k2/eth0.pcap': recorded('checksum-receiver-8472.pcap') };
    expect(await found(only)).toMatchObject([{ severity: 'info', confidence: 'possible' }]);
    const counted = { ...only, 'k2/nstat.txt': recorded('checksum-nstat.txt') };
    expect(await found(counted)).toMatchObject([{ severity: 'critical', confidence: 'likely' }]);
  });

  it('on what the kernel logged', async () => {
    const line = 'UDP: bad checksum. From 192.168.88.11:39382 to 192.168.88.12:8472 ulen 90\n';
    const [finding] = await found({ 'k2/dmesg.txt': `[  100.1] ${line}`.replace('100.1', '100.100000').repeat(2) });
    expect(finding).toMatchObject({ severity: 'warning', confidence: 'proven', count: 2 });
    const stray = line.replace('192.168.88.11', '198.51.100.9');
    expect(await found({ 'k2/dmesg.txt': `[  100.100000] ${stray}` })).toMatchObject([{ severity: 'info' }]);
  });
});

describe('bad-checksum stays silent', () => {
  it("at the sender's own tap", async () => {
    expect(await found({ 'k1/eth0.pcap': recorded('checksum-sender.pcap') })).toEqual([]);
  });

  it('on a virtual link that carries unfinished checksums from end to end', async () => {
    expect(await found({ 'k2/eth0.pcap': recorded('checksum-offload.pcap') })).toEqual([]);
    expect(await found({ 'k1/eth0.pcap': recorded('checksum-offload.pcap') })).toEqual([]);
  });
});
