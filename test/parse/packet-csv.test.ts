import { expect, it } from 'vitest';
import { packetCsv } from '../../src/parse/packet/packet-csv.js';
import { annotate, goldenTests } from './harness.js';

goldenTests(packetCsv);

it('starts on the headings of packet lists only', () => {
  for (const line of [
    '"No.","Time","Source","Destination","Protocol","Length","Info"',
    'No.,Time,Source,Destination,Protocol,Length,Info',
    'frame.time_epoch\tip.src\tip.dst\ttcp.flags',
    '\ufeff"No.","Time","Delta","Source","Destination","Protocol","Info"',
  ]) {
    expect(packetCsv.starts(line), line).toBe(true);
  }
  for (const line of [
    '',
    'name,address,podCIDR',
    'Source,Destination,Reason',
    'Time,Source,Message',
    'ip.src is a filter, ip.dst too, and so on',
    'Kernel IP routing table',
    'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface',
  ]) {
    expect(packetCsv.starts(line), line).toBe(false);
  }
});

it('claims no tunnel when no column tells it, but keeps the inner packet', () => {
  const text = annotate(packetCsv, 'frame.number,ip.src,ip.dst\n1,"1.1.1.1,10.0.0.1","2.2.2.2,10.0.0.2"', {
    path: 'x',
  });
  expect(text).toContain('src=10.0.0.1 dst=10.0.0.2');
  expect(text).not.toContain('tunnel=');
});

it('survives broken quoting and prose', () => {
  const text = annotate(packetCsv, 'frame.number,ip.src,ip.dst\n1,"10.0.0.1,10.0.0.2\n这是一行\n2,10.0.0.1,10.0.0.2', {
    path: 'x',
  });
  expect(text.match(/> packet/g)?.length).toBeGreaterThanOrEqual(1);
  expect(text).toContain('not understood');
});
