import { describe, expect, it } from 'vitest';
import { cooked, echo, LINK, pcap, vxlan } from '../capture-writer.js';
import { at } from '../diagnosis/case-of.js';
import { reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/**
 * A capture on all devices of a node to which envelopes come that nobody answers. The MAC address in a cooked header of what comes
 * in is the sender's: it says nothing of where the capture was taken.
 */

const T = 1_700_000_000;
/** The sender's MAC address in the cooked header, which in the tests' captures is zero. */
const SENDER = Buffer.from('52540000aa01', 'hex');
const envelopes = Array.from({ length: 4 }, (_, i) => {
  const bytes = cooked('in', vxlan('10.7.7.11', '10.7.7.12', 4242, echo('10.244.1.5', '10.244.2.5', 9, i + 1), 4789));
  SENDER.copy(bytes, 6);
  return { at: T + i, bytes };
});
const CAPTURE = pcap(envelopes, LINK.cooked);
const K1 = WHOLE['k1/ip_addr.txt']!.replace('52:54:00:00:00:01', '52:54:00:00:aa:01');
/** Only k1 has this MAC address, as far as the bundle shows. */
const told = (name: string): string => {
  const k2 = at('k2', 'hostname', 'k2');
  const { findings } = reportByCommand({
    ...WHOLE,
    'k1/ip_addr.txt': K1,
    'k2/ip_addr.txt': WHOLE['k2/ip_addr.txt']!.replaceAll('52:54:00:00:00:01', '52:54:00:00:00:02'),
    'k3/ip_addr.txt': WHOLE['k3/ip_addr.txt']!.replaceAll('52:54:00:00:00:01', '52:54:00:00:00:03'),
    'k2/hostname.txt': k2,
    [name]: CAPTURE,
  });
  return JSON.stringify(findings.filter(({ code }) => code === 'unreplied-icmp').map(({ explanation }) => explanation));
};

describe('envelopes that come in and are not answered', () => {
  it('are not said to be seen at their sender', () => {
    expect(told('capture.pcap')).not.toMatch(/seen at k1\b/);
  });

  it.each(['k2.pcap', 'k2-any.pcap'])('are seen at the node that %s is called by', (name) => {
    expect(told(name)).toMatch(/seen at k2\b/);
  });
});
