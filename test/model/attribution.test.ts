import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { analyzed } from '../bundle-folder.js';
import { ethernet, pcap, unansweredSyn } from '../capture-writer.js';

const NODES = (names: readonly string[], ip = (i: number): string => `192.168.77.${10 + i}`): string =>
  [
    'NAME                 STATUS   ROLES    AGE   VERSION   INTERNAL-IP      EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME',
    ...names.map(
      (name, i) =>
        `${name.padEnd(20)} Ready    <none>   9d    v1.29.1   ${ip(i).padEnd(16)} <none>        Debian     6.1.0            containerd://1.7`,
    ),
  ].join('\n');
const addr = (ip: string, ifname = 'ens3'): string =>
  `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n2: ${ifname}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n    link/ether 02:11:22:33:44:${ip.split('.').at(-1)!.padStart(2, '0').slice(-2)} brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 brd 192.168.77.255 scope global ${ifname}\n`;
const ROUTES = 'default via 192.168.77.1 dev ens3 proto static \n10.61.2.0/24 via 10.61.2.0 dev flannel.1 onlink \n';
const SYNS = pcap(
  unansweredSyn(1_700_000_000, '10.61.1.5:40000', '10.61.2.9:80').map((p) => ({ ...p, bytes: ethernet(p.bytes) })),
);

/** The node in whose name the unanswered SYN is reported. */
const where = (report: Report): string | undefined =>
  /seen (?:at (\S+)|in )/.exec(report.findings.find((f) => f.code === 'unreplied-syn')?.explanation ?? '')?.[1];

describe('whose a file is', () => {
  it.each([
    ['a folder per node', 'beta/eth0.pcap'],
    ['a deeper folder', 'case/beta/network/x.pcap'],
    ['a flat file named after the node', 'beta.pcap'],
    ['with an interface', 'beta-ens3.pcap'],
    ['with a domain', 'beta.example.org.pcap'],
    ['an upper-case name', 'BETA_cap.pcap'],
    ['a folder named by address', '192.168.77.11/cap.pcap'],
  ])('%s', async (_, path) => {
    expect(where(await analyzed({ 'nodes.txt': NODES(['alpha', 'beta']), [path]: SYNS }))).toBe('beta');
  });

  it.each([
    ['node-11/cap.pcap', 'node-11'],
    ['node-1/cap.pcap', 'node-1'],
    ['node-1-ens3.pcap', 'node-1'],
    ['node-11.pcap', 'node-11'],
    ['node-12/cap.pcap', undefined],
    ['old-node-1/cap.pcap', undefined],
  ])('names that begin others: %s', async (path, node) => {
    expect(where(await analyzed({ 'nodes.txt': NODES(['node-1', 'node-11']), [path]: SYNS }))).toBe(node);
  });

  it.each([
    ['etc/hostname', 'beta\n'],
    ['uname.txt', 'Linux beta 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 x86_64 GNU/Linux\n'],
    ['sysctl.txt', 'kernel.hostname = beta\nnet.ipv4.ip_forward = 1\n'],
    ['hostname', 'beta.corp.example.org\n'],
  ])('a host file speaks for its folder: %s', async (name, content) => {
    const report = await analyzed({
      'nodes.txt': NODES(['alpha', 'beta']),
      [`one/${name}`]: content,
      'one/cap.pcap': SYNS,
    });
    expect(where(report)).toBe('beta');
  });

  it('files that are named after a node nobody listed are not those of the only one listed', async () => {
    const files = {
      'nodes.txt': NODES(['beta'], () => '192.168.77.11'),
      'logs/beta_ip_addr.txt': addr('192.168.77.11'),
      'logs/gamma_ip_addr.txt': addr('192.168.77.12'),
    };
    const report = await analyzed(files);
    expect(report.findings.map((f) => f.code)).not.toContain('node-address-mismatch');
    // A name that says only what is in it goes with the others.
    expect(
      where(
        await analyzed({
          'nodes.txt': NODES(['alpha', 'beta']),
          'one/beta-ip_addr.txt': addr('192.168.77.11'),
          'one/eth0.pcap': SYNS,
        }),
      ),
    ).toBe('beta');
  });

  it('a hostname file in one host’s folder says nothing of another’s', async () => {
    const report = await analyzed({
      'case/srv-a/systeminfo/hostname': 'alpha\n',
      'case/srv-a/networking/ip_addr.txt': addr('192.168.77.20'),
      'case/srv-b/networking/ip_addr.txt': addr('192.168.77.21'),
      'case/srv-b/networking/cap.pcap': SYNS,
    });
    expect(report.bundle.nodes).toEqual(['alpha', 'srv-b']);
    expect(where(report)).toBe('srv-b');
  });

  it('a hostname file speaks for captures in a folder beside it, where no other host is', async () => {
    const report = await analyzed({
      'case/srv-a/systeminfo/hostname': 'alpha\n',
      'case/srv-a/networking/ip_addr.txt': addr('192.168.77.20'),
      'case/tcpdumps/x.pcap': SYNS,
    });
    expect(where(report)).toBe('alpha');
  });

  it.each([
    ['ipaddrshow', 'conntrackl', 'networking'],
    ['addressstatuses.yaml', 'linkstatuses.yaml', 'resources'],
  ])(
    'files beside one that its address tells are of the same node, whatever they are called: %s',
    async (one, two, folder) => {
      const report = await analyzed({
        'nodes.txt': NODES(['beta'], () => '192.168.77.20'),
        [`srv/${folder}/${one}`]: addr('192.168.77.20'),
        [`srv/${folder}/${two}`]: SYNS,
        [`other/${folder}/${one}`]: addr('192.168.77.21'),
      });
      expect(where(report)).toBe('beta');
      expect(report.bundle.nodes).toEqual(['beta', 'other']);
    },
  );

  it('numbers tell hosts apart beside the only one that is listed', async () => {
    const report = await analyzed({
      'nodes.txt': NODES(['fv-3'], () => '192.168.77.20'),
      'logs/fv-3_ip_addr.txt': addr('192.168.77.20'),
      'logs/fv-2_ip_addr.txt': addr('192.168.77.21'),
    });
    expect(report.findings.map((f) => f.code)).not.toContain('node-address-mismatch');
  });

  it('files of hosts that nobody lists go by their own names, beside one that its address tells', async () => {
    const files = {
      'nodes.txt': NODES(['beta'], () => '192.168.77.20'),
      'logs/srv-a_ip_addr.txt': addr('192.168.77.20'),
      'logs/srv-a_ip_route.txt': ROUTES,
      'logs/srv-b_ip_route.txt': ROUTES,
      'logs/srv-b_ens3.pcap': SYNS,
    };
    const report = await analyzed(files);
    expect(where(report)).not.toBe('beta');
    expect(report.bundle.nodes).toContain('beta');
  });

  it('full and short names are one node', async () => {
    const report = await analyzed({
      'nodes.txt': NODES(['alpha.corp.example.org', 'beta.corp.example.org']),
      'x/hostname': 'beta\n',
      'x/cap.pcap': SYNS,
    });
    expect(where(report)).toBe('beta.corp.example.org');
    expect(report.bundle.nodes).toEqual(['alpha.corp.example.org', 'beta.corp.example.org']);
  });

  it('an address joins a host that calls itself otherwise', async () => {
    const report = await analyzed({
      'nodes.txt': NODES(['ip-192-168-77-10.ec2.internal', 'ip-192-168-77-11.ec2.internal']),
      'i-0abc/hostname': 'i-0abc\n',
      'i-0abc/ip_addr.txt': addr('192.168.77.11'),
      'i-0abc/cap.pcap': SYNS,
    });
    expect(where(report)).toBe('ip-192-168-77-11.ec2.internal');
  });

  it('the host column of a syslog', async () => {
    const line = (host: string, second: number): string =>
      `Mar 31 16:57:0${second} ${host} kernel: probe: IN= OUT=ens3 SRC=192.168.77.11 DST=10.61.2.9 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=${second} DF PROTO=TCP SPT=40000 DPT=80 WINDOW=29200 RES=0x00 SYN URGP=0 `;
    expect(where(await analyzed({ messages: [0, 1, 3, 7].map((s) => line('beta', s)).join('\n') }))).toBe('beta');
  });

  it('prompts', async () => {
    const syn = (time: string): string =>
      `${time} IP 10.61.1.5.40000 > 10.61.2.9.80: Flags [S], seq 7, win 1, length 0`;
    const text = `root@alpha:~# ip route\n${ROUTES}root@beta:~# tcpdump -nn -i any port 80\n${['10:00:00.000001', '10:00:01.000001', '10:00:03.000001'].map(syn).join('\n')}\n`;
    const report = await analyzed({ 'paste.txt': text });
    expect(where(report)).toBe('beta');
  });

  it('a prompt inside a pod is not the node', async () => {
    const report = await analyzed({
      'nodes.txt': NODES(['alpha', 'beta']),
      'pods.txt':
        'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE    NOMINATED NODE   READINESS GATES\n' +
        'shop        web-0   1/1     Running   0          9d    10.61.1.5   alpha   <none>           <none>\n',
      'paste.txt': `root@web-0:/# ip addr\n${addr('10.61.1.5', 'eth0')}`,
      'alpha.pcap': SYNS,
    });
    expect(report.findings[0]?.title).toContain('10.61.1.5 (pod web-0 on alpha)');
  });
});

describe('where nothing but the layout tells', () => {
  it('folders are hosts', async () => {
    const report = await analyzed({
      'srv-a/ip_addr.txt': addr('192.168.77.20'),
      'srv-a/ip_route.txt': ROUTES,
      'srv-b/network/ip_addr.txt': addr('192.168.77.21'),
      'srv-b/network/cap.pcap': SYNS,
    });
    expect(report.bundle.nodes).toEqual(['srv-a', 'srv-b']);
    expect(where(report)).toBe('srv-b');
  });

  it('flat files are named after hosts', async () => {
    const report = await analyzed({
      'srv-a_ip_addr.txt': addr('192.168.77.20'),
      'srv-a_ip_route.txt': ROUTES,
      'srv-b_ip_addr.txt': addr('192.168.77.21'),
      'srv-b_ens3.pcap': SYNS,
    });
    expect(report.bundle.nodes).toEqual(['srv-a', 'srv-b']);
    expect(where(report)).toBe('srv-b');
  });

  it('files of must-gather are named after the node and the pod that ran the command', async () => {
    const link = addr('192.168.77.9').replace(/ {4}inet .*\n/g, '');
    const files = ['beta', 'gamma.example.org'].flatMap((name, i) =>
      Object.entries({ ip_addr: addr(`192.168.77.${11 + i}`), ip_route: ROUTES, 'ip_-s_-d_link': link }).map(
        ([command, text]) => [`mg/network_logs/${name}_ovnkube-node-x2x4${i}_${command}`, text] as const,
      ),
    );
    const report = await analyzed({ ...Object.fromEntries(files), 'mg/captures/x.pcap': SYNS });
    expect(report.bundle.nodes).toEqual(['beta', 'gamma.example.org']);
  });

  it.each([`quay-io-ocp-sha256-${'0d1e'.repeat(16)}`, 'case-4711'])(
    'a folder with the same output of several hosts is none: %s',
    async (folder) => {
      const report = await analyzed({
        [`${folder}/srv-a_ip_addr.txt`]: addr('192.168.77.20'),
        [`${folder}/srv-b_ip_addr.txt`]: addr('192.168.77.21'),
        [`${folder}/srv-b_ip_route.txt`]: ROUTES,
        'other/x.pcap': SYNS,
      });
      expect(report.bundle.nodes).toEqual(['srv-a', 'srv-b']);
    },
  );

  it('files of one host lie side by side', async () => {
    const report = await analyzed({ 'ip_addr.txt': addr('192.168.77.20'), 'ip_route.txt': ROUTES });
    expect(report.bundle.nodes).toEqual(['unnamed-node']);
  });

  it('a paste is not a host', async () => {
    const report = await analyzed({ 'ticket-4711.md': `$ ip addr\n${addr('192.168.77.20')}\n$ ip route\n${ROUTES}` });
    expect(report.bundle.nodes).toEqual(['unnamed-node']);
  });

  it('one folder around everything is not a host', async () => {
    const report = await analyzed({
      'case-4711/srv-a_ip_addr.txt': addr('192.168.77.20'),
      'case-4711/srv-b_ip_addr.txt': addr('192.168.77.21'),
    });
    expect(report.bundle.nodes).toEqual(['srv-a', 'srv-b']);
  });

  it.each([
    ['node1', 'node2'],
    ['node-1', 'node-2'],
    ['host_a', 'host_b'],
    ['k8s-node01', 'k8s-node02'],
    ['worker-1', 'worker-2'],
    ['fv-01', 'fv-02'],
  ])('hosts that are called %s and %s', async (one, two) => {
    const files = await analyzed({
      [`${one}_ip_addr.txt`]: addr('192.168.77.20'),
      [`ip-route-${one}.txt`]: ROUTES,
      [`${two}.ip_addr.log`]: addr('192.168.77.21'),
    });
    expect(files.bundle.nodes).toEqual([one, two]);
    const pasted = await analyzed({
      [`${one}.txt`]: `$ ip addr\n${addr('192.168.77.20')}`,
      [`${two}.txt`]: `$ ip addr\n${addr('192.168.77.21')}`,
    });
    expect(pasted.bundle.nodes).toEqual([one, two]);
  });

  it('numbers that somebody gave to files are no hosts', async () => {
    const files = [addr('192.168.77.20'), ROUTES, addr('192.168.77.21'), 'net.ipv4.ip_forward = 1\n', ROUTES];
    for (const name of ['file', 'attachment-', 'page_', 'untitled ']) {
      const report = await analyzed(Object.fromEntries(files.map((text, i) => [`${name}${100 + i}.txt`, text])));
      expect(report.bundle.nodes).toEqual([]);
    }
  });

  it('files that are called anything, with addresses and routes of a host each, are hosts', async () => {
    const report = await analyzed({
      'file1.txt': `$ ip addr\n${addr('192.168.77.20')}$ ip route\n${ROUTES}`,
      'file2.txt': `$ ip addr\n${addr('192.168.77.21')}$ ip route\n${ROUTES}`,
    });
    expect(report.bundle.nodes).toEqual(['file1', 'file2']);
  });

  it('files of two hosts lie side by side and nothing tells which', async () => {
    const report = await analyzed({ 'ip_addr.txt': addr('192.168.77.20'), 'ip_addr2.txt': addr('192.168.77.21') });
    expect(report.bundle.nodes).toEqual([]);
  });
});

describe('a folder of things collected from the cluster', () => {
  it('does not belong to the node that one pod log in it names', async () => {
    const report = await analyzed({
      'nodes.txt': NODES(['alpha', 'beta']),
      'cluster/flannel.log':
        'I0116 03:29:15.877425       1 main.go:229] Created subnet manager: Kubernetes Subnet Manager - alpha\n',
      'cluster/tap.pcap': SYNS,
    });
    expect(report.findings.some((finding) => finding.code === 'unreplied-syn')).toBe(true);
    expect(where(report)).toBeUndefined();
  });
});
