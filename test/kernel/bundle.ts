import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.js';
import { space } from './network/plan.js';
import { devicesOf, type Machine, type World } from './network/world.js';

const COMMANDS: readonly (readonly [file: string, argv: readonly string[]])[] = [
  ['ip-addr.txt', ['ip', '-d', 'addr', 'show']],
  ['ip-rule.txt', ['ip', 'rule', 'show']],
  ['ip-route.txt', ['ip', 'route', 'show', 'table', 'all']],
  ['ip-neigh.txt', ['ip', 'neigh', 'show']],
  ['bridge-fdb.txt', ['bridge', 'fdb', 'show']],
  ['iptables-legacy-save.txt', ['iptables-legacy-save']],
  ['iptables-nft-save.txt', ['iptables-nft-save']],
  ['ipset-save.txt', ['ipset', 'save']],
];

const PER_DEVICE = ['rp_filter', 'forwarding', 'accept_local', 'src_valid_mark', 'route_localnet', 'proxy_arp'];

const sysctlKeys = (machine: Machine): string[] => [
  'net.ipv4.ip_forward',
  'net.ipv4.fwmark_reflect',
  'net.bridge.bridge-nf-call-iptables',
  ...['all', 'default', 'lo', ...devicesOf(machine)].flatMap((dev) =>
    PER_DEVICE.map((key) => `net.ipv4.conf.${dev.replaceAll('.', '/')}.${key}`),
  ),
];

/** Dumps every shown machine with the real commands, a folder for each, as an engineer would paste them. */
export async function collect(lab: Lab, world: World): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const machine of world.machines.filter((m) => m.shown)) {
    const commands = [...COMMANDS, ['sysctl.txt', ['sysctl', ...sysctlKeys(machine)]] as const];
    const outputs = await lab.dump(space(machine.name), commands);
    for (const [file, argv] of commands)
      files.set(`${machine.name}/${file}`, `root@${machine.name}:~# ${argv.join(' ')}\n${outputs[file]}`);
  }
  return files;
}

export function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    mkdirSync(join(folder, path.split('/')[0]!), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
