import { canonicalAddress } from '../../core/address.js';
import { bgpPeer } from '../../core/event/cni.js';
import { log } from '../../core/event/log.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { BoxTable } from './box-table.js';

/** What calicoctl says instead of a table. */
const REMARKS: readonly (readonly [RegExp, string, string])[] = [
  [/^Calico process is not running/, 'node-not-running', 'error'],
  [
    /^(?:The|None of the) BGP backend process(?:es)? \(BIRD(?: or GoBGP)?\) (?:is not|are) running/,
    'bgp-bird-down',
    'info',
  ],
  [
    /^INFO: BIRDv?[46] process: 'bird6?' is not running|^INFO: BIRDv[46] socket does not exist/,
    'bgp-bird-down',
    'info',
  ],
  [/^Error (?:querying BIRD|executing command)|unable to connect to BIRDv[46] socket/, 'bgp-bird-down', 'error'],
  [/^No (IPv[46]) peers found\./, 'no-bgp-peers', 'info'],
  [/^Calico process is running\./, 'node-running', 'info'],
];
const TITLE = /^IPv[46] BGP status$/;

/**
 * `calicoctl node status`: a table of BGP peers per family, of the node it ran on. Gives `bgp_peer` rows, and `log` rows of component
 * calico with code node-running, node-not-running, bgp-bird-down (normal without BGP) or no-bgp-peers (value: the family).
 * Source: projectcalico/calico calicoctl/commands/node/status.go.
 */
export const calicoctlNodeStatus: Parser = {
  id: 'calicoctl-node-status',
  title: 'calicoctl node status (BGP peers)',
  command: /^(?:kubectl[ -])?calicoctl (?:.* )?(?:node )?status\b/,
  path: /calicoctl[-_ ]node[-_ ]status/,
  starts(line) {
    const text = asPrinted(line).trim();
    return (
      TITLE.test(text) ||
      /^\|\s*PEER ADDRESS\s*\|\s*PEER TYPE\s*\|/.test(text) ||
      REMARKS.some(([pattern, code]) => code !== 'bgp-bird-down' && pattern.test(text))
    );
  },
  open(sink: Sink) {
    const table = new BoxTable(({ cells, at }) => {
      const peer = canonicalAddress(cells.get('PEER ADDRESS') ?? '');
      if (peer === undefined) return;
      const cell = (name: string) => cells.get(name) || undefined;
      sink.emit(
        bgpPeer,
        { peer, peer_type: cell('PEER TYPE'), state: cell('STATE') ?? '', since: cell('SINCE'), info: cell('INFO') },
        at,
      );
    });
    return {
      line(at: Line): boolean {
        if (table.line(at)) return true;
        const text = asPrinted(at.text).trim();
        if (text === '' || TITLE.test(text)) return true;
        const remark = REMARKS.find(([pattern]) => pattern.test(text));
        if (remark === undefined) return false;
        const value = remark[0].exec(text)?.[1];
        sink.emit(
          log,
          { component: 'calico', level: remark[2], code: remark[1], time_kind: 'none', message: text, value },
          at,
        );
        return true;
      },
      end: () => table.end(),
    };
  },
};
