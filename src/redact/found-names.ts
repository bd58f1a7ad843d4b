import type { Role } from './names.js';

/** Names that a text gives away by the way it writes them, beside those that the analysis knows. */

interface Shape {
  readonly pattern: RegExp;
  /** Roles of the pattern's groups, in order. */
  readonly roles: readonly Role[];
}

const NAME = '([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)';
/** The letters of generated suffixes (k8s.io/apimachinery/pkg/util/rand). */
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]{5}';

const SHAPES: readonly Shape[] = [
  // A pod of a deployment: NAME-HASH-SUFFIX; of a daemon set: NAME-SUFFIX, with a digit in it, as English words have none.
  { pattern: new RegExp(`(?<![\\w.-])([a-z][a-z0-9-]*-[a-f0-9]{8,10}-${SUFFIX})(?![\\w-])`, 'g'), roles: ['pod'] },
  {
    pattern: new RegExp(`(?<![\\w.-])([a-z][a-z0-9-]*-(?=[a-z]*\\d)(?=\\d*[a-z])${SUFFIX})(?![\\w-])`, 'g'),
    roles: ['pod'],
  },
  // syslog: time, host, program.
  {
    pattern:
      /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ([A-Za-z0-9][\w.-]*) [\w./@-]+(?:\[\d+\])?: /gm,
    roles: ['node'],
  },
  {
    pattern: new RegExp(`(?:--hostname-override=|\\bnodeName["']?[:=]\\s*["']?|\\bNODENAME=)${NAME}`, 'g'),
    roles: ['node'],
  },
  { pattern: new RegExp(`\\bkubernetes\\.io/hostname["']?[:=]\\s*["']?${NAME}`, 'g'), roles: ['node'] },
  // kube-proxy's comments: namespace/service:port.
  { pattern: new RegExp(`--comment "${NAME}/${NAME}(?=[:" ])`, 'g'), roles: ['namespace', 'service'] },
  { pattern: new RegExp(`\\bpods?="?${NAME}/${NAME}`, 'g'), roles: ['namespace', 'pod'] },
  { pattern: new RegExp(`\\b(?:pod|pods|po)/${NAME}`, 'g'), roles: ['pod'] },
  { pattern: new RegExp(`\\b(?:node|nodes|no)/${NAME}`, 'g'), roles: ['node'] },
  { pattern: new RegExp(`\\b(?:service|services|svc)/${NAME}`, 'g'), roles: ['service'] },
  {
    pattern: new RegExp(`\\b(?:deployment|deployments|deploy|daemonset|ds|statefulset|sts)/${NAME}`, 'g'),
    roles: ['workload'],
  },
  {
    pattern: new RegExp(`(?:\\bkubectl [^|;]*?(?:-n|--namespace)[ =]|\\bnamespaces?/|\\bnamespace=)"?${NAME}`, 'g'),
    roles: ['namespace'],
  },
  { pattern: /(?<![\w.-])([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?![\w-])/g, roles: ['service', 'namespace'] },
  { pattern: /\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/g, roles: ['uid'] },
  { pattern: /(?<![\w.+-])([A-Za-z][\w.+-]*)@(?=[A-Za-z0-9-]+\.)/g, roles: ['user'] },
];

/** Names by the way they are written, in the order in which they stand. */
export function* foundNames(text: string): Generator<readonly [Role, string]> {
  for (const { pattern, roles } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      for (const [i, role] of roles.entries()) {
        const name = match[i + 1];
        if (name !== undefined) yield [role, name];
      }
    }
  }
}

const TOP_LEVEL = new Set(
  `com net org edu gov mil int info biz io co dev app cloud ai me tv eu us uk de fr nl be ch at it es pt cz sk hu ro bg gr se no fi dk is ie
  ru ua by kz cn jp kr tw hk sg in id my th vn au nz ca mx br ar cl pe za ng ke eg tr il ae sa ir pk tech online site xyz systems network
  internal local lan corp home intra intranet private localdomain test example`.split(/\s+/),
);

/** Of the trade: API groups, registries, documentation. */
const EVERYBODYS =
  /(?:^|\.)(?:(?:kubernetes|k8s|tigera|cilium|docker|quay|gcr|ghcr|rancher|cattle|k3s|openshift)\.io|projectcalico\.org|coreos\.com|docker\.com|github\.com|githubusercontent\.com|kernel\.org|wireshark\.org|cluster\.local|svc|example\.(?:com|org|net))$/;

const DOMAIN = /(?<![\w.-])((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+([a-z]{2,12}))(?![\w-]|\.[a-z0-9])/gi;

/** Domain names, in lower case, but for those of the trade. */
export function* foundDomains(text: string): Generator<string> {
  for (const [, domain, top] of text.matchAll(DOMAIN)) {
    const name = domain!.toLowerCase();
    if (TOP_LEVEL.has(top!.toLowerCase()) && !EVERYBODYS.test(name)) yield name;
  }
}
