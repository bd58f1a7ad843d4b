import { familyOf } from '../../core/address.js';
import type { Arrivals } from '../arrivals.js';
import type { Cluster } from '../cluster.js';
import type { Host } from '../host/host.js';
import { arriving } from './arriving.js';
import { depart } from './depart.js';
import type { Ground } from './ground.js';
import type { Journeys, Question } from './journeys.js';
import type { Missing } from './missing.js';
import { destinationNamed, originNamed } from './named.js';
import { fresh, type Packet } from './packet.js';
import type { Journey, Origin, Outcome, RoundTrip, Walk } from './step.js';
import { PASSING } from './step.js';
import { walkOn } from './walk.js';

const SYN = 0x02;
const SYN_ACK = 0x12;
/** Linux's first ephemeral port; a client's own port decides nothing that the walk looks at. */
const ANY_PORT = 32768;

/** Journeys over the hosts of one bundle, each walked once. */
export class WalkedJourneys implements Journeys {
  readonly #ground: Ground;
  readonly #walked = new Map<string, Journey>();

  constructor(hosts: ReadonlyMap<string, Host>, cluster: Cluster, arrivals?: Arrivals) {
    this.#ground = { hosts, cluster, arrivals };
  }

  between(question: Question): Journey {
    const key = JSON.stringify(question);
    let journey = this.#walked.get(key);
    if (journey === undefined) {
      journey = this.#walk(question);
      this.#walked.set(key, journey);
    }
    return journey;
  }

  origin(name: string): Origin | Missing {
    return originNamed(this.#ground, name);
  }

  destination(name: string): { readonly address: string; readonly says: string } | Missing {
    return destinationNamed(this.#ground, name);
  }

  arriving(question: Question): Journey | undefined {
    const moved = arriving(this.#ground, question.from, firstPacket(question));
    if (moved === undefined || moved.position.at === 'end') return undefined;
    const requests = walkOn(this.#ground, moved.walking, moved.position);
    const walks = requests.flatMap((request) => this.#answered(question.from, request));
    return { origin: question.from, walks, outcome: outcomeOf(walks) };
  }

  #walk(question: Question): Journey {
    const packet = firstPacket(question);
    const requests = depart(this.#ground, question.from, packet, []).flatMap((moved) =>
      moved.position.at === 'end' ? [moved.position.walk] : walkOn(this.#ground, moved.walking, moved.position),
    );
    const walks = requests.flatMap((request) => this.#answered(question.from, request));
    return { origin: question.from, walks, outcome: outcomeOf(walks) };
  }

  /** The way back of a request that arrived, once per way that the answer may take. */
  #answered(from: Origin, request: Walk): readonly RoundTrip[] {
    if (request.disposition !== 'delivered') return [{ request }];
    const last = request.tracked.at(-1);
    const reply = answerTo(request.packet);
    const atPod = request.steps.at(-1)?.dev !== undefined && last?.outDev !== undefined;
    const start: Origin = atPod
      ? { kind: 'pod', node: request.node, address: request.packet.dst }
      : { kind: 'node', node: request.node, address: request.packet.dst };
    const first = request.tracked[0]?.before ?? request.packet;
    return depart(this.#ground, start, reply, request.tracked)
      .flatMap((moved) =>
        moved.position.at === 'end' ? [moved.position.walk] : walkOn(this.#ground, moved.walking, moved.position),
      )
      .map((walk) => ({ request, reply: recognised(walk, first, from) }));
  }
}

function firstPacket({ from, to, proto, dport, sport, length }: Question): Packet {
  const icmp = proto === 1 || proto === 58;
  return fresh({
    family: familyOf(to) ?? 4,
    proto,
    src: from.address ?? '',
    dst: to,
    sport: icmp ? undefined : (sport ?? ANY_PORT),
    dport: icmp ? undefined : dport,
    anyPort: icmp || sport !== undefined ? undefined : 'sport',
    icmpType: proto === 1 ? 8 : proto === 58 ? 128 : undefined,
    icmpCode: icmp ? 0 : undefined,
    tcpFlags: proto === 6 ? SYN : undefined,
    length: length ?? 60,
  });
}

/** What the receiver sends back. */
function answerTo(packet: Packet): Packet {
  return fresh({
    family: packet.family,
    proto: packet.proto,
    src: packet.dst,
    dst: packet.src,
    sport: packet.dport,
    dport: packet.sport,
    anyPort: packet.anyPort === 'sport' ? 'dport' : undefined,
    icmpType: packet.proto === 1 ? 0 : packet.proto === 58 ? 129 : undefined,
    icmpCode: packet.icmpCode,
    tcpFlags: packet.proto === 6 ? SYN_ACK : undefined,
    length: 60,
  });
}

/** An answer counts only where the question came from, and with the address that was asked. */
function recognised(walk: Walk, first: Packet, from: Origin): Walk {
  if (walk.disposition !== 'delivered' || from.kind === 'outside') return walk;
  const fromAsked = walk.packet.src === first.dst && (walk.packet.sport === first.dport || first.dport === undefined);
  const toAsker = walk.packet.dst === first.src;
  if (fromAsked && toAsker) return walk;
  const last = walk.steps.at(-1)!;
  const says = toAsker
    ? `the answer comes from ${walk.packet.src}, but ${first.dst} was asked: it is not taken for an answer`
    : `the answer goes to ${walk.packet.dst}, but ${first.src} asked: its address was translated to one that others have`;
  return { ...walk, disposition: 'not-recognised', steps: [...walk.steps, { ...last, says, at: [] }] };
}

/** What all ways together say: a way that nobody can tell leaves the whole open, unless all the others fail. */
function outcomeOf(walks: readonly RoundTrip[]): Outcome {
  const each = walks.map(({ request, reply }): 'pass' | 'drop' | 'unknown' => {
    const end = reply ?? request;
    if (end.disposition === 'unknown') return 'unknown';
    return PASSING.has(end.disposition) ? 'pass' : 'drop';
  });
  if (each.length === 0 || each.includes('unknown')) return 'unknown';
  if (each.every((one) => one === 'pass')) return 'pass';
  if (each.every((one) => one === 'drop')) return 'drop';
  // Ways that differ by what the bundle does not tell are no choice of the kernel's.
  return walks.every(({ request }) => request.choice !== undefined) ? 'mixed' : 'unknown';
}
