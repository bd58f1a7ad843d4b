import { counter, offload } from '../../core/event/network.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const STATISTICS = /^NIC statistics:\s*$/;
const FEATURES = /^(?:Features|Offload parameters) for (\S+):\s*$/;
/** `Settings for eth0:`, `Ring parameters for eth0:`, …: understood, but nothing of it is kept. */
const OTHER =
  /^(?:Settings|Ring parameters|Coalesce parameters|Pause parameters|Channel parameters|Time stamping parameters|Private flags|EEE settings|FEC parameters|Permanent address).*:/;
const COUNTER = /^\s+(?!\s)([\w[\]:. ()/+-]+?): (-?\d+)\s*$/;
const FEATURE = /^\s*([\w-]+): (on|off)(?: \[(fixed|requested on|requested off|not requested)\])?\s*$/;
/** Collectors put the interface on a line of its own. */
const NAMED = /^(?:---|Interface)\s+(\S+?):?\s*$/;
const REFUSED =
  /^(?:no stats available|Cannot get|netlink error|ethtool|Operation not supported|No such device|Actual changes|For more information)/i;

/** `ethtool -S` (counters) and `ethtool -k` (offloads); other outputs are understood and passed over. ethtool(8), `features.c`, `stats.c`. */
export const ethtool: Parser = {
  id: 'ethtool',
  title: 'ethtool -S, ethtool -k (others are passed over)',
  command: /^ethtool(?:\s|$)/,
  starts(line) {
    const text = asPrinted(line);
    return STATISTICS.test(text) || FEATURES.test(text) || /^Settings for \S+:\s*$/.test(text);
  },
  open(sink, section) {
    const asked = /^ethtool\b/.test(section.command ?? '');
    const words = section.command?.split(/\s+/).slice(1) ?? [];
    let ifname = words.findLast((word) => !word.startsWith('-'));
    let mode: 'statistics' | 'features' | 'other' | undefined = words.some((word) => /^(?:-S|--statistics)$/.test(word))
      ? 'statistics'
      : words.some((word) => /^(?:-k|--show-features|--show-offload)$/.test(word))
        ? 'features'
        : asked
          ? 'other'
          : undefined;
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '' || REFUSED.test(text)) return true;
        const named = NAMED.exec(text);
        const features = FEATURES.exec(text);
        if (named !== null || features !== null) {
          ifname = named?.[1] ?? features?.[1];
          if (features !== null) mode = 'features';
          return true;
        }
        if (STATISTICS.test(text)) {
          mode = 'statistics';
          return true;
        }
        if (OTHER.test(text)) {
          mode = 'other';
          return true;
        }
        if (mode === 'statistics') {
          const match = COUNTER.exec(text);
          if (match !== null)
            sink.emit(counter, { origin: 'ethtool', name: match[1]!.trim(), value: BigInt(match[2]!), ifname }, at);
          return match !== null;
        }
        if (mode === 'features') {
          const match = FEATURE.exec(text);
          if (match !== null && ifname !== undefined)
            sink.emit(offload, { ifname, feature: match[1]!, on: match[2] === 'on', fixed: match[3] === 'fixed' }, at);
          return match !== null;
        }
        // Settings and their continuation lines; with the command known also `driver: veth`, `RX:\t4096`.
        if (/^\t(?:[A-Z][\w() -]*:(?:\s|$)|\s{6,}\S)/.test(text)) return mode === 'other';
        return asked && /^\t?[\w /-]{2,40}:(?:\s|$)/.test(text);
      },
    };
  },
};
