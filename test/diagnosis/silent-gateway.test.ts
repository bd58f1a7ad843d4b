import { describe, expect, it } from 'vitest';
import { accused, reportByCommand } from '../report-by-command.js';
import { at } from './case-of.js';

/** A pod of Calico whose node has proxy_arp off for its device, as the kernel of the lab had it. */
const POD = '10.188.17.73';
const DEV = 'calib6100817999';
const asked = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, i) => `04:10:1${i + 6}.857812 ${DEV} B   ARP, Request who-has 169.254.1.1 tell ${POD}, length 28`,
  );

interface Told {
  readonly proxy?: { readonly own?: number; readonly all?: number } | undefined;
  readonly lines?: readonly string[];
  readonly address?: string;
}

const told = ({ proxy = { own: 0, all: 0 }, lines = asked(4), address = '' }: Told) =>
  reportByCommand({
    'admin.txt': `$ kubectl get nodes -o wide
NAME   STATUS   ROLES           AGE    VERSION   INTERNAL-IP    EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME
kite   Ready    control-plane   204d   v1.29.6   172.29.40.21   <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
lynx   Ready    <none>          204d   v1.29.6   172.29.40.22   <none>        Debian GNU/Linux 12 (bookworm)   6.1.0-21-amd64   containerd://1.7.18
$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP              NODE   NOMINATED NODE   READINESS GATES
shop        front   1/1     Running   0          19d   ${POD}   kite   <none>           <none>
$ kubectl exec -n shop front -- curl -sS --max-time 2 http://198.51.100.80/
curl: (28) Connection timed out after 2001 milliseconds
command terminated with exit code 28
`,
    'kite.txt':
      at(
        'kite',
        'ip -d addr',
        `2: enp3s0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 4a:ff:1e:e7:c9:27 brd ff:ff:ff:ff:ff:ff
    inet 172.29.40.21/24 scope global enp3s0
4: ${DEV}@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1480 qdisc noqueue state UP group default qlen 1000
    link/ether ee:ee:ee:ee:ee:ee brd ff:ff:ff:ff:ff:ff link-netns cni-1
    veth${address}`,
      ) +
      at(
        'kite',
        'ip route',
        `default via 172.29.40.1 dev enp3s0\n${POD} dev ${DEV} scope link\n172.29.40.0/24 dev enp3s0 proto kernel scope link src 172.29.40.21`,
      ) +
      at(
        'kite',
        'sysctl -a | grep proxy_arp',
        [
          ...(proxy.all === undefined ? [] : [`net.ipv4.conf.all.proxy_arp = ${proxy.all}`]),
          ...(proxy.own === undefined ? [] : [`net.ipv4.conf.${DEV}.proxy_arp = ${proxy.own}`]),
          'net.ipv4.conf.enp3s0.proxy_arp = 0',
        ].join('\n'),
      ) +
      at('kite', 'tcpdump -nn -i any arp', lines.join('\n')),
  });

describe('a node that does not answer for its pods’ gateway', () => {
  it('is proven by the settings and requests that nobody answers', () => {
    const report = told({});
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'next-hop-off-link', confidence: 'proven' });
    const [cause] = report.findings;
    expect(cause?.subjects.slice(0, 4)).toEqual(['kite', DEV, '169.254.1.1', POD]);
    expect(cause?.remedy?.[0]?.command).toBe(`sysctl -w net.ipv4.conf.${DEV}.proxy_arp=1    # on kite`);
    expect(cause?.evidence.flatMap((one) => ('quote' in one ? [one.quote] : [])).join('\n')).toContain(
      `net.ipv4.conf.${DEV}.proxy_arp = 0`,
    );
    expect(report.findings.filter(({ explainedBy }) => explainedBy !== undefined).map(({ code }) => code)).toContain(
      'unreplied-syn',
    );
  });

  it.each<readonly [string, Told]>([
    ['the setting of all devices is on', { proxy: { own: 0, all: 1 } }],
    ['nothing shows the setting of all devices', { proxy: { own: 0 } }],
    ['nothing shows the device’s own setting', { proxy: { all: 0 } }],
    ['the node has the address', { address: `\n    inet 169.254.1.1/32 scope link ${DEV}` }],
    ['it was asked once', { lines: asked(1) }],
    [
      'it answers',
      { lines: [...asked(4), `04:10:20.857830 ${DEV} Out ARP, Reply 169.254.1.1 is-at ee:ee:ee:ee:ee:ee, length 28`] },
    ],
    ['the pod asks for another address', { lines: asked(4).map((line) => line.replace('169.254.1.1', '10.188.17.1')) }],
  ])('accuses nobody where %s', (_what, given) => {
    expect(accused(told(given))).not.toContain('next-hop-off-link');
  });
});
