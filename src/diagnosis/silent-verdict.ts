import type { CheckOutcome, Finding, Verdict } from '../core/finding.js';
import type { CleanBill } from './clean-bill.js';
import { listed } from './witness.js';

/** What is known of a bundle in which no check found anything critical or worth a warning. */
export interface Silence {
  /** Absent when the model of the network could not be built. */
  readonly bill?: CleanBill | undefined;
  readonly checks: readonly CheckOutcome[];
  /** What the checks found, none of it more than information. */
  readonly findings?: readonly Pick<Finding, 'code' | 'severity' | 'title'>[] | undefined;
}

/** Of so many conversations one without an answer is one too many; a long capture always ends before some answers. */
const MANY = 4;

/**
 * What silence of all checks means (docs/verdict.md): no fault found where conversations of pods were seen and answered, or where the
 * configuration is shown whole and lets all ways pass; else nobody can tell, and what would tell is named.
 */
export function silentVerdict({ bill, checks, findings = [] }: Silence): Verdict {
  const crashed = checks.filter(({ outcome }) => outcome === 'crashed').map(({ code }) => code);
  if (bill === undefined || crashed.length > 0)
    return insufficient(
      `No check found a fault, but ${listed(crashed)} could not be asked because of a bug in podtrail, so that their silence means nothing.`,
    );
  const { answered, failing, lacking, walked, passing } = bill;
  const [worst] = failing;
  if (worst !== undefined)
    return insufficient(
      `As far as the configuration goes, ${worst.from} does not reach ${worst.to}: on ${worst.last.node}, ${worst.last.says}${failing.length > 1 ? `, and there are ${failing.length - 1} more such ends` : ''}. Nobody is seen to try, and the bundle does not tell why, or whether it is meant: a capture taken while the connection is tried is needed.`,
      [worst.last.node, worst.from, worst.to],
    );
  const [unheard] = answered.open;
  const all = answered.pairs + answered.open.length;
  if (unheard !== undefined && answered.open.length * MANY >= all)
    return insufficient(
      `${answered.open.length} of ${all} conversations that the bundle shows got no answer, such as ${unheard.src} to ${unheard.dst}, with too few packets to tell whether one was to come: a longer capture is needed.`,
      [unheard.src, unheard.dst],
    );
  const { vain } = answered;
  if (vain !== undefined && answered.ofPods > 0)
    return insufficient(
      `${vain.tool} to ${vain.address}${vain.port === undefined ? '' : ` port ${vain.port}`} failed when it was tried by hand, and what it printed does not tell why; no packet of it is in the bundle, though other conversations were answered: a capture taken while it is tried again is needed.`,
      [vain.address],
    );
  if (answered.ofPods > 0)
    return noFault(
      `${unheard === undefined ? `Every conversation that the bundle shows was answered${exceptions(findings)}` : `Of ${all} conversations that the bundle shows ${answered.pairs} were answered, and the others are too short to tell${exceptions(findings)}`}${answered.acrossNodes === 0 ? ', though none of them is between a pod and another node' : ''}; no check found anything critical or worth a warning.`,
    );
  const silent =
    answered.pairs > 0
      ? 'No conversation of a pod or a service is in this bundle'
      : answered.triedInVain
        ? 'What was tried by hand was not answered every time, and nothing else in this bundle shows a conversation'
        : 'Nothing in this bundle shows a conversation';
  if (walked === 0) return insufficient(`${silent}, and its configuration is too little to predict one.`);
  if (passing === walked && lacking.length === 0)
    return noFault(
      `${silent}; what its configuration predicts between nodes and pods gets through (${walked} ways were walked, and of none anything is missing), and no check found anything critical or worth a warning. What is lost between the nodes, or now and then, only a capture shows that is taken while the connection is tried.`,
    );
  const gone =
    passing === 0
      ? 'none can be followed to its end'
      : `${passing === walked ? 'all' : passing} get through as far as it goes`;
  return insufficient(
    `${silent}. Ways between nodes and pods that its configuration was asked for: ${walked}; ${gone}. To be sure of them all the bundle lacks ${listed(lacking.map(({ what }) => what))}.`,
  );
}

/** Conversations without an answer that the report shows for information: strangers that a firewall keeps out, pings of a service's address. */
function exceptions(findings: NonNullable<Silence['findings']>): string {
  const [first, ...more] = findings.filter(({ code }) => /^unreplied-/.test(code));
  if (first === undefined) return '';
  return ` but for what stands below as information (${first.title}${more.length === 0 ? '' : `, and ${more.length} more`})`;
}

const noFault = (summary: string): Verdict => ({
  state: 'no-fault-found',
  cause: null,
  confidence: null,
  summary,
  subjects: [],
});

const insufficient = (summary: string, subjects: readonly string[] = []): Verdict => ({
  state: 'insufficient',
  cause: null,
  confidence: null,
  summary,
  subjects,
});
