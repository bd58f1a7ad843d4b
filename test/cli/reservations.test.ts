import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { conversation, framed, pcap } from '../capture-writer.js';
import { at } from '../diagnosis/case-of.js';
import { OBJECTS, WHOLE } from '../three-nodes.js';

/** What the verdict's words say where the flow or the time that was asked for shows nothing, or an archive ends early. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

const analyse = (path: string, ...more: readonly string[]): Report =>
  JSON.parse(
    execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', path, '-f', 'json', '-q', ...more], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    }),
  ) as Report;
function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(scratch, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
const T = 1_700_000_000;
const answered = pcap(framed(conversation(T, '10.244.1.5:40000', '10.244.2.5:80')));
const healthy = { ...OBJECTS, 'k1/eth0.pcap': answered };

describe('a flow that was asked about', () => {
  it('is answered where the bundle shows so, by packets or by a test', () => {
    const { verdict, about } = analyse(folderOf(healthy), '--about', '10.244.1.5 -> 10.244.2.5:80');
    expect(about?.outcome).toBe('answered');
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
    const ping = at(
      'k1',
      'kubectl exec -n shop web-1 -- ping -c 2 10.244.3.5',
      'PING 10.244.3.5 (10.244.3.5): 56 data bytes\n64 bytes from 10.244.3.5: seq=0 ttl=62 time=0.4 ms\n64 bytes from 10.244.3.5: seq=1 ttl=62 time=0.4 ms\n\n--- 10.244.3.5 ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss',
    );
    const told = analyse(folderOf({ ...healthy, 'ping.txt': ping }), '--about', 'web-1 -> web-3');
    expect(told.about).toMatchObject({ outcome: 'answered', detail: expect.stringContaining('ping') });
    expect(told.verdict.state).toBe('no-fault-found');
  });

  it('has no clean bill where it is nowhere in the bundle', () => {
    const { verdict, about } = analyse(folderOf(healthy), '--about', '10.244.3.5 -> 10.244.1.5:9000');
    expect(about?.outcome).toBe('not-seen');
    expect(verdict).toMatchObject({ state: 'insufficient', cause: null });
    expect(verdict.summary).toMatch(
      /^10\.244\.3\.5 -> 10\.244\.1\.5:9000, which was asked about, is nowhere in this bundle\./,
    );
    expect(verdict.summary).toContain('Every conversation that the bundle shows was answered');
  });

  it('leaves a cause that stands, and says that it is not about it', () => {
    const sample = 'samples/bundles/101-forward-drop-a.tar.xz';
    const { verdict } = analyse(sample, '--about', '192.0.2.1 -> 192.0.2.2:9000');
    expect(verdict).toMatchObject({ state: 'diagnosed', cause: 'forward-drop' });
    expect(verdict.summary).toMatch(
      /192\.0\.2\.1 -> 192\.0\.2\.2:9000, which was asked about, is nowhere in this bundle\.$/,
    );
  });
});

describe('a time that was asked for', () => {
  const failing = pcap(
    framed(conversation(T, '10.244.1.5:40000', '10.244.2.5:80')).concat(
      [0, 1, 3, 7].map((s) => ({ ...framed(conversation(T + 600 + s, '10.244.1.5:40001', '10.244.3.5:80'))[0]! })),
      framed(conversation(T + 1200, '10.244.1.5:40002', '10.244.2.5:80')),
    ),
  );
  const bundle = folderOf({ ...OBJECTS, 'k1/eth0.pcap': failing });
  const iso = (s: number): string => new Date((T + s) * 1000).toISOString();

  it('that holds the failure names it, and that holds none of the packets is no clean bill', () => {
    expect(analyse(bundle).verdict.state).toBe('suspected');
    expect(analyse(bundle, '--since', iso(500), '--until', iso(700)).verdict.state).toBe('suspected');
    const { verdict } = analyse(bundle, '--since', iso(90_000), '--until', iso(90_100));
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('No packet of this bundle is of the time that was asked for.');
  });

  it('that hides the failure is no clean bill: the summary names what lies outside', () => {
    const { verdict, findings } = analyse(bundle, '--since', iso(1100));
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('outside of it there is: No answer to TCP SYNs');
  });

  it('in which all was answered, and outside of which nothing failed, has one', () => {
    const { verdict } = analyse(folderOf(healthy), '--since', iso(-10), '--until', iso(10));
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
  });
});

describe('an archive', () => {
  const shortened = (sample: string, share: number): string => {
    const whole = readFileSync(`samples/bundles/${sample}`);
    return join(folderOf({ [sample]: whole.subarray(0, Math.floor(whole.length * share)) }), sample);
  };

  it.each(['010-healthy-flannel.tar.zst'])(
    '%s that was cut is no clean bill, and says so in the first line',
    (sample) => {
      expect(analyse(`samples/bundles/${sample}`).verdict.state).toBe('no-fault-found');
      const { verdict } = analyse(shortened(sample, 0.7));
      expect(verdict.state, verdict.summary).toBe('insufficient');
      expect(verdict.summary).toContain(`${sample} ends early: what came after that is not in this report.`);
    },
  );

  it('that was cut behind the proof keeps its cause, with the remark', () => {
    const { verdict } = analyse(shortened('000-pod-cidr-mismatch.tar.gz', 0.7));
    expect(verdict).toMatchObject({ state: 'diagnosed', cause: 'pod-cidr-mismatch' });
    expect(verdict.summary).toContain('ends early');
  });

  it('in which a table ends in the middle accuses nobody by what the table lacks', () => {
    const routes = WHOLE['k1/ip_route_show_table_all.txt']!;
    const prompt =
      '[root@k1 ~]# ip route\ndefault via 10.7.7.254 dev eth0\n10.7.7.0/24 dev eth0 proto kernel scope link src 10.7.7.11\n10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1\n';
    expect(routes).toContain('10.244.2.0/24');
    const rest = '10.244.2.0/24 via 10.7.7.12 dev eth0\n10.244.3.0/24 via 10.7.7.13 dev eth0\n';
    const folder = folderOf({ ...WHOLE, 'k1/ip_route_show_table_all.txt': prompt });
    expect(analyse(folder).verdict.cause).toBe('missing-pod-route');
    // The same, where the rest of the table was in the part of the archive that is gone.
    writeFileSync(join(folder, 'k1/ip_route_show_table_all.txt'), prompt + rest.repeat(40));
    execFileSync('tar', [
      '-C',
      folder,
      '-cf',
      join(scratch, 'whole.tar'),
      'kubectl',
      'k2',
      'k3',
      ...['addr', 'rule', 'neigh'].map((one) => `k1/ip_${one}.txt`),
      'k1/iptables_save.txt',
      'k1/sysctl_a.txt',
      'k1/ip_route_show_table_all.txt',
    ]);
    const tar = readFileSync(join(scratch, 'whole.tar'));
    const cut = join(scratch, 'cut.tar');
    writeFileSync(cut, tar.subarray(0, tar.lastIndexOf(prompt) + prompt.length));
    const { verdict } = analyse(cut);
    expect(verdict.cause, verdict.summary).toBeNull();
    expect(verdict.state).toBe('insufficient');
    expect(verdict.summary).toContain('cut.tar ends early');
  });
});
