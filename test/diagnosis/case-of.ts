import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withModel } from '../../src/analyze.js';
import type { Evidence, FindingDraft } from '../../src/core/finding.js';
import type { Case, Cause, CauseConclusion, CauseDraft } from '../../src/diagnosis/cause.js';
import { look } from '../../src/diagnosis/look.js';
import { HEURISTICS } from '../../src/heuristics/index.js';
import { prepareAttempts } from '../../src/model/attempt-tables.js';
import { clockOffsets } from '../../src/model/clock-offsets.js';
import { prepareOpeners } from '../../src/model/flow-state.js';
import { failedConversations } from '../../src/model/journey/conversations.js';
import { standingConversations } from '../../src/model/journey/standing.js';
import { Quoter } from '../../src/store/evidence.js';

/** What a bundle says to the causes: what each of them concluded, with its evidence as quotes. */
export interface Heard {
  readonly symptoms: readonly FindingDraft[];
  readonly conclusions: readonly (CauseConclusion & { readonly code: Cause['code'] })[];
  /** Drafts of all causes that were found. */
  readonly drafts: readonly CauseDraft[];
  quotes(code: string): readonly Evidence[];
}

/** Runs causes over one bundle (a path), by the way that the analysis takes. */
export async function heardOf(path: string, causes: readonly Cause[]): Promise<Heard> {
  return withModel([path], {}, async ({ store, scene, hosts, journeys }) => {
    await prepareAttempts(scene);
    await prepareOpeners(scene);
    const { symptoms } = await look(scene, HEURISTICS);
    const { cluster } = scene;
    const given: Case = {
      scene,
      cluster,
      facts: cluster.facts,
      hosts,
      journeys,
      symptoms,
      failed: await failedConversations(scene, journeys, symptoms, await clockOffsets(scene)),
      standing: standingConversations(scene, journeys),
    };
    const conclusions = [];
    for (const cause of causes) conclusions.push({ code: cause.code, ...(await cause.diagnose(given)) });
    const drafts = conclusions.flatMap((c) => (c.outcome === 'found' ? c.drafts : []));
    const quoter = new Quoter(store);
    const quotes = new Map<string, readonly Evidence[]>();
    for (const code of new Set(drafts.map((draft) => draft.code))) {
      const cites = drafts.filter((draft) => draft.code === code).flatMap((draft) => draft.evidence);
      quotes.set(code, await quoter.quote(cites));
    }
    return { symptoms, conclusions, drafts, quotes: (code) => quotes.get(code) ?? [] };
  });
}

/** The same for a bundle that is written here, file by file. */
export async function heard(
  files: Readonly<Record<string, string | Buffer>>,
  ...causes: readonly Cause[]
): Promise<Heard> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-case-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    return await heardOf(folder, causes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SAMPLES = 'samples/bundles';

/** The same for a sample, by the first characters of its name. */
export const heardSample = (start: string, ...causes: readonly Cause[]): Promise<Heard> =>
  heardOf(
    `${SAMPLES}/${readdirSync(SAMPLES).find((name) => name.startsWith(start) && !name.endsWith('.json'))}`,
    causes,
  );

/** What the only cause concluded. */
export const outcome = ({ conclusions }: Heard): CauseConclusion['outcome'] => conclusions[0]!.outcome;

/** Titles of the symptoms that a draft explains, by code. */
export const explained = ({ symptoms, drafts }: Heard): string[] =>
  symptoms.filter((symptom) => drafts.some((draft) => draft.explains(symptom))).map((symptom) => symptom.code);

interface Node {
  readonly name: string;
  readonly ip?: string;
  readonly podCidr?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
}

/** `kubectl get nodes -o yaml`. */
export const nodesYaml = (...nodes: readonly Node[]): string =>
  [
    'apiVersion: v1',
    'kind: List',
    'items:',
    ...nodes.flatMap(({ name, ip, podCidr, annotations = {}, ready = true }) => [
      '- apiVersion: v1',
      '  kind: Node',
      '  metadata:',
      `    name: ${name}`,
      ...(Object.keys(annotations).length > 0 ? ['    annotations:'] : []),
      ...Object.entries(annotations).map(([key, value]) => `      ${key}: '${value}'`),
      '  spec:',
      ...(podCidr === undefined
        ? ['    taints: []']
        : [`    podCIDR: ${podCidr}`, '    podCIDRs:', `    - ${podCidr}`]),
      '  status:',
      ...(ip === undefined ? [] : ['    addresses:', `    - address: ${ip}`, '      type: InternalIP']),
      '    conditions:',
      `    - status: "${ready ? 'True' : 'Unknown'}"`,
      '      type: Ready',
    ]),
    '',
  ].join('\n');

/** Namespace and name, status, address, node. */
export type PodRow = readonly [string, string, string, string];

/** `kubectl get pods -A -o wide`. */
export const podsTable = (...rows: readonly PodRow[]): string =>
  [
    'NAMESPACE     NAME                     READY   STATUS      RESTARTS   AGE   IP              NODE      NOMINATED NODE   READINESS GATES',
    ...rows.map(([pod, status, ip, node]) => {
      const [namespace = '', name = ''] = pod.split('/');
      return `${namespace.padEnd(13)} ${name.padEnd(24)} 1/1     ${status.padEnd(11)} 0          12m   ${ip.padEnd(15)} ${node.padEnd(9)} <none>           <none>`;
    }),
    '',
  ].join('\n');

/** A prompt, so that what follows belongs to a host. */
export const at = (host: string, command: string, output: string): string =>
  `[root@${host} ~]# ${command}\n${output.trim()}\n`;

/** `ip addr`: device, address with prefix length, MAC. */
export const ipAddr = (...devices: readonly (readonly [string, string, string?])[]): string =>
  devices
    .map(
      ([dev, address, mac = '52:54:00:00:00:01'], i) =>
        `${i + 2}: ${dev}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff\n    inet ${address} scope global ${dev}\n       valid_lft forever preferred_lft forever`,
    )
    .join('\n');
