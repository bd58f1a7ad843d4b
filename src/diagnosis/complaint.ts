import type { AboutOutcome, FindingDraft } from '../core/finding.js';
import type { Scene } from '../model/scene.js';

/** The one complaint that the ticket names, to rank findings by. */
export interface Complaint {
  readonly from: string;
  readonly to: string;
  readonly port?: number | undefined;
}

/** True when a name (pod, service, node or address) means this address. */
function means(address: string, name: string, scene: Scene): boolean {
  if (address === name) return true;
  const last = name.split('/').at(-1);
  const owner = scene.cluster.owner(address);
  return [owner.name, owner.node].some((known) => known === name || known?.split('/').at(-1)?.split(':')[0] === last);
}

/** True when a test by hand was typed where the complaint says: in that pod, or on that node. */
function isAt(from: string, where: readonly (string | undefined)[], scene: Scene): boolean {
  const { name, node } = scene.cluster.owner(from);
  const last = (text: string | undefined): string | undefined => text?.replace(/^pod /, '').split('/').at(-1);
  return where.some((one) => one !== undefined && [from, name ?? node].some((known) => last(known) === last(one)));
}

/** How well a draft's flows fit a complaint: 2 both ends, 1 one end. */
export function matches(draft: FindingDraft, about: Complaint, scene: Scene): number {
  let best = 0;
  for (const flow of [...(draft.flows ?? []), ...(draft.partly ?? [])]) {
    if (about.port !== undefined && flow.dport !== about.port) continue;
    const from = means(flow.src, about.from, scene);
    const to = means(flow.dst, about.to, scene);
    if (from && to) return 2;
    if (from || to) best = 1;
  }
  return best;
}

/** Says whether the complaint's flow fails, works, or is in no capture at all. */
export async function outcomeOf(
  about: Complaint,
  drafts: readonly FindingDraft[],
  scene: Scene,
): Promise<AboutOutcome> {
  const complaint = `${about.from} -> ${about.to}${about.port === undefined ? '' : `:${about.port}`}`;
  const failing = drafts.find((draft) => draft.severity !== 'info' && matches(draft, about, scene) === 2);
  if (failing !== undefined)
    return {
      complaint,
      outcome: 'failing',
      detail: `${failing.partly === undefined ? 'it fails' : 'some of it is not answered'}, see ${failing.code}`,
    };
  const rows = await scene.rows(
    'SELECT src, dst, dport, source, bool_or(answered) AS answered FROM opener GROUP BY ALL ORDER BY source, src, dst, dport LIMIT 100000',
  );
  const seen = rows.filter(
    (row) =>
      (about.port === undefined || Number(row['dport']) === about.port) &&
      means(scene.address(Number(row['src'])), about.from, scene) &&
      means(scene.address(Number(row['dst'])), about.to, scene),
  );
  const answered = seen.find((row) => row['answered'] === true);
  if (answered !== undefined) {
    return {
      complaint,
      outcome: 'answered',
      detail: `this flow is in ${scene.file(Number(answered['source']))}, and it was answered`,
    };
  }
  const { cluster } = scene;
  const test = cluster.facts.probes.find(
    (probe) =>
      probe.outcome === 'ok' &&
      (about.port === undefined || probe.port === about.port) &&
      (probe.target === about.to || (probe.address !== undefined && means(probe.address, about.to, scene))) &&
      isAt(
        about.from,
        [
          probe.pod ?? cluster.namespaceOf(probe),
          probe.near,
          probe.pod === undefined ? cluster.nodeOf(probe) : undefined,
        ],
        scene,
      ),
  );
  if (test !== undefined) {
    return {
      complaint,
      outcome: 'answered',
      detail: `${scene.file(test.source)} line ${test.line} says that it was tried by hand (${test.tool}), and answered`,
    };
  }
  return {
    complaint,
    outcome: 'not-seen',
    detail: `${seen.length > 0 ? 'this flow is seen, but not long enough to tell whether it was answered' : 'no capture, tcpdump text or LOG line in this bundle holds that flow'}; collect: tcpdump -nn -i any -w complaint.pcap 'host ${about.to}' on the node of ${about.from} while the connection is tried`,
  };
}
