import type { Report } from '../../src/core/finding.js';

/** Reports that go to tickets. */

/** What a stranger may write into a file name or a log line to be more than text in a ticket. */
export const HOSTILE = [
  '</pre><script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '![x](http://evil.example/a.png)',
  '!http://evil.example/b.png!',
  '{noformat}{html}<b>x</b>{html}',
  '[~admin] @everyone @admin #1 r1 {{collapse(x)}}',
  '*a* -b- _c_ %d% ??e?? "f":/g "h":http://i.example @j@ @k@ l@m.example !n.png! ABC(o) [p](/q) source:r user:admin',
  '```',
  '</details>',
  '-->',
  '\u202egnp.exe\u001b[31m',
].join(' ');

export function reportOf(
  cause: 'forward-drop' | 'underlay-drop',
  words = 'edge-2 drops what it should forward',
): Report {
  return {
    schema: 'podtrail.report/1',
    bundle: { name: 'bundle.tar.gz', files: 3, bytes: 1000, packets: 7, nodes: ['edge-1', 'edge-2'] },
    verdict: {
      state: 'diagnosed',
      cause,
      confidence: cause === 'forward-drop' ? 'proven' : 'likely',
      summary: `On edge-2 10.200.1.7 is cut off from 10.200.2.9: ${words}`,
      subjects: ['edge-2', '10.200.1.7'],
    },
    clocks: [],
    findings: [
      {
        code: cause,
        kind: 'cause',
        severity: 'critical',
        confidence: 'proven',
        title: `edge-2 drops packets: ${words}`,
        explanation: words,
        subjects: ['edge-2'],
        count: 5,
        evidence: [
          {
            role: 'the policy that drops',
            file: 'edge-2/iptables-save.txt',
            line: 64,
            quote: `:FORWARD DROP [6:360] ${words}`,
          },
          { role: 'no answer', absent: words, searched: ['edge-1/eno1.pcapng'] },
        ],
        remedy: [
          {
            command: 'iptables -P FORWARD ACCEPT    # on edge-2',
            why: words,
            verify: 'iptables -S FORWARD',
            rollback: 'iptables -P FORWARD DROP',
          },
        ],
      },
    ],
    ruledOut: [],
    notChecked: [{ code: 'mtu-blackhole', missing: [words], collect: 'ip link > ip_link.txt' }],
    notRead: [],
    checks: [],
    exhibits: { conversations: [], cluster: { nodes: [], ways: [] }, timeline: { events: [], more: 0 } },
    names: { nodes: ['edge-1', 'edge-2'], pods: [], services: [], namespaces: [], policies: [], others: [] },
  };
}
