import type { RouteAnswer, RouteKey } from '../host/answer.js';
import type { Host, NextHop } from '../host/host.js';
import { lookup } from '../host/policy-routing.js';
import { collectNode } from './ground.js';
import type { Packet } from './packet.js';
import type { Stage } from './step.js';
import { assuming, ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** The routing decision as a step: onwards by a device, up to the host itself, or the end. */
export type Routed =
  | { readonly kind: 'onwards'; readonly walking: Walking; readonly hop: NextHop; readonly answer: RouteAnswer }
  | {
      readonly kind: 'local';
      readonly walking: Walking;
      readonly dev?: string | undefined;
      readonly answer: RouteAnswer;
    }
  | { readonly kind: 'over'; readonly moved: Moved };

export const keyOf = (packet: Packet, rest: Partial<RouteKey> = {}): RouteKey => ({
  family: packet.family,
  dst: packet.dst,
  src: packet.src === '' ? undefined : packet.src,
  mark: packet.mark,
  proto: packet.proto,
  sport: packet.sport,
  dport: packet.dport,
  ...rest,
});

const hopWords = (hop: NextHop): string =>
  `${hop.via === undefined ? 'on link' : `via ${hop.via}`}${hop.dev === undefined ? '' : ` by ${hop.dev}`}`;

/** Asks the FIB and writes down what it says. Each next hop of a multipath route is a way of its own. */
export function route(host: Host, before: Walking, key: RouteKey, stage: Stage): readonly Routed[] {
  const answer = lookup(host, key);
  const walking = answer.kind === 'unknown' ? before : assuming(before, answer.assumptions);
  const { packet } = walking;
  const over = (moved: Moved): readonly Routed[] => [{ kind: 'over', moved }];
  switch (answer.kind) {
    case 'unknown':
      return over(lostTrack(walking, host.name, stage, answer.missing));
    case 'none':
      return over(
        ended(
          walking,
          {
            node: host.name,
            stage,
            says: `no route to ${packet.dst}: the network is unreachable`,
            searched: answer.searched,
          },
          'no-route',
        ),
      );
    case 'blackhole':
      return over(
        ended(
          walking,
          { node: host.name, stage, says: `a blackhole route takes ${packet.dst}`, at: answer.at },
          'dropped-by-route',
        ),
      );
    case 'unreachable':
    case 'prohibit':
      return over(
        ended(
          walking,
          { node: host.name, stage, says: `the route to ${packet.dst} is ${answer.kind}`, at: answer.at },
          'rejected-by-route',
        ),
      );
    case 'broadcast':
    case 'multicast':
      return over(
        lostTrack(walking, host.name, stage, {
          what: `who listens to the ${answer.kind} address ${packet.dst}`,
          collect: collectNode(host.name),
        }),
      );
    case 'local':
      return [
        {
          kind: 'local',
          dev: answer.dev,
          answer,
          walking: stepped(walking, {
            node: host.name,
            stage,
            dev: answer.dev,
            says: `${packet.dst} is ${host.name}’s own address`,
            at: answer.at,
          }),
        },
      ];
    case 'unicast':
      return answer.hops.map((hop, i): Routed => {
        const several = answer.hops.length > 1 ? `, next hop ${i + 1} of ${answer.hops.length}` : '';
        const next = stepped(walking, {
          node: host.name,
          stage,
          dev: hop.dev,
          says: `to ${packet.dst} ${hopWords(hop)}${several}`,
          at: answer.at,
        });
        return { kind: 'onwards', walking: next, hop, answer };
      });
  }
}
