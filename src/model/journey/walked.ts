import type { Cluster } from '../cluster.js';
import type { Host } from '../host/host.js';
import type { Journeys, Question } from './journeys.js';
import type { Journey } from './step.js';

/** Journeys over the hosts of one bundle. */
export class WalkedJourneys implements Journeys {
  constructor(
    private readonly hosts: ReadonlyMap<string, Host>,
    private readonly cluster: Cluster,
  ) {}

  between(question: Question): Journey {
    throw new Error(`not walked yet: ${question.to} over ${this.hosts.size} hosts of ${this.cluster.nodes.size}`);
  }
}
