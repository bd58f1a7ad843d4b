import { describe, expect, it } from 'vitest';
import { hostname } from '../../src/parse/host/hostname.js';
import { annotate, goldenTests } from './harness.js';

describe('hostname', () => {
  goldenTests(hostname);

  it('reads a name and nothing else', () => {
    expect(annotate(hostname, 'node1.example.org\n', { path: 'systeminfo/hostnamefqdn' })).toContain(
      '= host node1.example.org (hostname-file)',
    );
    expect(annotate(hostname, '# hostname\n\n```\nn2\n```\n', { path: 'cmd/hostname.md' })).toContain('= host n2 ');
    for (const text of ['localhost.localdomain\n', '10.0.0.1\n', '(none)\n'])
      expect(annotate(hostname, text, { path: 'etc/hostname' })).not.toContain('= host');
    expect(annotate(hostname, 'node7\n', { path: 'f', command: 'hostname -I' })).not.toContain('= host');
    expect(hostname.starts('node1')).toBe(false);
  });
});
