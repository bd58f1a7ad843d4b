import { describe, expect, it } from 'vitest';
import { ciliumMonitor } from '../../src/parse/log/cilium-monitor.js';
import { goldenTests } from './harness.js';

describe('cilium-monitor', () => {
  goldenTests(ciliumMonitor);

  it('starts on drops only', () => {
    const line =
      'xx drop (Policy denied) flow 0x0 to endpoint 7, ifindex 14, file bpf_lxc.c:2002, , identity 3->9: 10.8.1.44:1 -> 10.8.2.19:80 tcp SYN';
    expect(ciliumMonitor.starts(line)).toBe(true);
    expect(ciliumMonitor.starts('Policy denied for flow 12')).toBe(false);
    expect(ciliumMonitor.starts('level=info msg="xx drop (Policy denied)"')).toBe(false);
  });
});
