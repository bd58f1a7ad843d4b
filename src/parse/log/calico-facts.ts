import { canonicalAddress } from '../../core/address.js';
import { bgpPeer } from '../../core/event/cni.js';
import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import { CALICO_ROUTINE, calicoVocabulary } from './calico-message.js';
import type { Meaning } from './message-rule.js';

const COMPONENTS = wordTable<string>({
  startup: 'calico-startup',
  'monitor-addresses': 'calico-startup',
  'complete-startup': 'calico-startup',
  felix: 'felix',
  confd: 'confd',
  bird: 'bird',
  bird6: 'bird',
  typha: 'typha',
  'kube-controllers': 'calico-kube-controllers',
  'cni-plugin': 'calico-cni',
  ipam: 'calico-cni',
});

/** Name of the program for the component word of a line's file name. */
export function calicoComponent(word: string | undefined): string | undefined {
  return word === undefined ? undefined : (COMPONENTS[word] ?? `calico-${word}`);
}

const PEER_TYPES = wordTable<string>({
  Mesh: 'node-to-node mesh',
  Global: 'global',
  Node: 'node specific',
});

/** A BIRD protocol's peer: `Mesh_10_0_0_5`, `Node_fd80_24e2__2`. confd writes `.` and `:` as `_`. */
export function peerOf(protocol: string): { readonly peer: string; readonly peer_type: string } | undefined {
  const m = /^(Mesh|Global|Node)_(\w+)$/.exec(protocol);
  if (m === null) return undefined;
  const peer = canonicalAddress(m[2]!.replaceAll('_', '.')) ?? canonicalAddress(m[2]!.replaceAll('_', ':'));
  return peer === undefined ? undefined : { peer, peer_type: PEER_TYPES[m[1]!]! };
}

/** What a line of Calico or BIRD says; a BIRD line's peer stands in the protocol's name. */
export function calicoMeaning(message: string): Meaning | undefined {
  if (CALICO_ROUTINE.test(message)) return undefined;
  const meaning = calicoVocabulary.meaning(message);
  if (meaning?.code !== 'bgp-state' && meaning?.code !== 'bgp-error') return meaning;
  return { ...meaning, address: peerOf(/^\w+/.exec(message)?.[0] ?? '')?.peer };
}

interface Session {
  readonly sink: Sink;
  readonly at: Line;
  readonly peer_type: string;
  readonly state: string;
  readonly info?: string | undefined;
}

/** Turns what Calico says into settings, and BIRD's last word on each peer into a session. */
export class CalicoFacts {
  readonly #sessions = new Map<string, Session>();

  emit(sink: Sink, message: string, meaning: Meaning, at: Line) {
    const set = (key: string, value: string | undefined) => {
      if (value !== undefined) sink.emit(setting, { component: 'calico', key, value }, at);
    };
    switch (meaning.code) {
      case 'node-name':
        if (meaning.value === undefined) return;
        set('node-name', meaning.value);
        return sink.host(meaning.value, 'uname');
      case 'version':
        return set('version', meaning.value);
      case 'interface-chosen':
      case 'address-explicit':
        set('interface', meaning.ifname);
        return set(
          'ip-address',
          /(?<![\da-fA-F.:])[\da-fA-F]*[.:][\da-fA-F.:]+\/\d+/.exec(message)?.[0] ?? meaning.address,
        );
      case 'pool-created': {
        set('pool.cidr', meaning.value);
        set('pool.natOutgoing', /NAT outgoing (\w+)/.exec(message)?.[1]);
        set('pool.ipipMode', /IPIP mode: (\w+)/.exec(message)?.[1]);
        return set('pool.vxlanMode', /VXLAN mode: (\w+)/.exec(message)?.[1]);
      }
      case 'no-backend':
        return set('networking-backend', meaning.value ?? 'none');
      case 'bgp-state':
      case 'bgp-error':
        return this.#session(sink, message, meaning, at);
      default:
        return;
    }
  }

  #session(sink: Sink, message: string, meaning: Meaning, at: Line) {
    const who = peerOf(/^\w+/.exec(message)?.[0] ?? '');
    if (who === undefined) return;
    const before = this.#sessions.get(who.peer);
    const changed = meaning.code === 'bgp-state';
    this.#sessions.set(who.peer, {
      sink,
      at,
      peer_type: who.peer_type,
      state: changed ? (meaning.value ?? '') : (before?.state ?? 'start'),
      info: changed ? (meaning.value === 'up' ? undefined : before?.info) : meaning.value,
    });
  }

  /** The log is over: the last state of every peer. */
  end(): void {
    for (const [peer, { sink, at, ...row }] of this.#sessions) sink.emit(bgpPeer, { peer, ...row }, at);
    this.#sessions.clear();
  }
}
