import type { Command } from 'commander';
import { PARSERS } from '../parse/index.js';

export function addFormats(program: Command): void {
  program
    .command('formats')
    .description('List what podtrail reads.')
    .action(() => {
      const rows: (readonly [string, string])[] = [
        [
          'containers',
          'folders, single files, standard input; tar, tar.gz, tar.xz, tar.zst, tar.bz2, zip, gzip\u2019d members; nested',
        ],
        [
          'captures',
          'pcap (µs, ns, both endians, modified), pcapng; Ethernet, VLAN, Linux cooked v1 and v2, raw IP, NULL/LOOP, NFLOG',
        ],
        ['tunnels', 'VXLAN, Geneve, IPIP, IP6IP, GRE, flannel udp; WireGuard and ESP as opaque'],
        ...PARSERS.map((parser) => [parser.id, parser.title] as const),
      ];
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, title] of rows) process.stdout.write(`${name.padEnd(width)}  ${title}\n`);
    });
}
