import { buildHosts } from '../../../src/model/host/build-hosts.js';
import type { Question } from '../../../src/model/journey/journeys.js';
import type { Journey, RoundTrip, Walk } from '../../../src/model/journey/step.js';
import { WalkedJourneys } from '../../../src/model/journey/walked.js';
import { clusterOf } from '../../host-folder.js';

/** Journeys over a bundle of text files. */
export async function journeysOf(files: Readonly<Record<string, string>>): Promise<WalkedJourneys> {
  const cluster = await clusterOf(files);
  return new WalkedJourneys(buildHosts(cluster), cluster);
}

/** A question by names. */
export function ask(
  journeys: WalkedJourneys,
  from: string,
  to: string,
  rest: Omit<Question, 'from' | 'to'> = { proto: 6, dport: 80 },
): Journey {
  const origin = journeys.origin(from);
  const destination = journeys.destination(to);
  if ('collect' in origin || 'collect' in destination) throw new Error(`nothing named ${from} or ${to}`);
  return journeys.between({ from: origin, to: destination.address, ...rest });
}

const end = ({ disposition, node, packet }: Walk): string =>
  `${disposition} on ${node} from ${packet.src} to ${packet.dst}`;

/** How each way ends, there and back. */
export const ends = ({ walks }: Journey): string[] =>
  walks.map(({ request, reply }: RoundTrip) => [request, ...(reply === undefined ? [] : [reply])].map(end).join('; '));
