import { describe, expect, it } from 'vitest';
import type { RouteAnswer } from '../../src/model/host/answer.js';
import type { Host } from '../../src/model/host/host.js';
import { lookup } from '../../src/model/host/policy-routing.js';
import { reversePath } from '../../src/model/host/reverse-path.js';
import { sourceFor } from '../../src/model/host/source-address.js';
import { fresh } from '../../src/model/journey/packet.js';
import { hostOf } from '../host-folder.js';
import { canMakeNamespaces, Namespace } from './namespace.js';
import { Random } from './random.js';
import { asCommand, type RouteQuestion, routeQuestion, routingCase } from './routing-case.js';

/** What the kernel's refusals mean (fib_props, net/ipv4/fib_semantics.c). */
const REFUSALS: Readonly<Record<string, string>> = {
  'Invalid argument': 'EINVAL',
  'Invalid cross-device link': 'EXDEV',
  'Permission denied': 'EACCES',
  'No route to host': 'EHOSTUNREACH',
  'Network is unreachable': 'ENETUNREACH',
};
const ERRORS = { blackhole: 'EINVAL', prohibit: 'EACCES', unreachable: 'EHOSTUNREACH', none: 'ENETUNREACH' } as const;

interface KernelAnswer {
  readonly type?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
  readonly error?: string;
}

/** Asks all questions with one process; `ip` prints answers and refusals apart, each in the order of the questions. */
function askKernel(ns: Namespace, family: 4 | 6, questions: readonly string[]): readonly KernelAnswer[] {
  const { stdout, stderr } = ns.feed(`ip -${family} -j -force -batch -`, questions);
  const failed = new Map<number, string>();
  let reason = '';
  for (const line of stderr.split('\n')) {
    const refused = /^(?:RTNETLINK answers|Error)[^:]*: (?:ipv[46]: )?(.*?)\.?$/.exec(line);
    const at = /^Command failed -:(\d+)/.exec(line);
    if (refused !== null) reason = REFUSALS[refused[1]!] ?? refused[1]!;
    if (at !== null) failed.set(Number(at[1]), reason);
  }
  const answers = stdout.split('\n').filter((line) => line.startsWith('[{'));
  let next = 0;
  return questions.map((_, i) => {
    const error = failed.get(i + 1);
    return error !== undefined ? { error } : (JSON.parse(answers[next++]!) as KernelAnswer[])[0]!;
  });
}

/** How many files a support bundle would have of this host. */
async function hostIn(ns: Namespace, all: boolean): Promise<Host> {
  // A table main without any output is rather taken for one that got lost.
  const routes: Readonly<Record<string, string>> =
    all || ns.run('ip route') === ''
      ? { 'ip_route_table_all.txt': ns.run('ip route show table all') }
      : {
          'ip_route.txt': `[root@node-1 ~]# ip route\n${ns.run('ip route')}[root@node-1 ~]# ip -6 route\n${ns.run('ip -6 route')}${[
            '100',
            '101',
            '200',
          ]
            .flatMap((table) => [`ip route show table ${table}`, `ip -6 route show table ${table}`])
            .map((command) => `[root@node-1 ~]# ${command}\n${ns.try(command).stdout}`)
            .join('')}`,
        };
  return hostOf({
    ...routes,
    'ip_rule.txt': `[root@node-1 ~]# ip rule\n${ns.run('ip rule')}[root@node-1 ~]# ip -6 rule\n${ns.run('ip -6 rule')}`,
    'ip_addr.txt': ns.run('ip -d addr'),
    'sysctl.txt': ns.run('sysctl -a 2>/dev/null | grep ^net'),
  });
}

function explain(host: Host, family: 4 | 6, q: RouteQuestion): string {
  const answer = lookup(host, { family, ...q });
  return JSON.stringify({ answer, source: sourceOf(host, answer, q.dst) }, (_, v) =>
    typeof v === 'bigint' ? `${v}` : v,
  );
}

const sourceOf = (host: Host, answer: RouteAnswer, dst: string): string[] => {
  if (answer.kind === 'unicast') {
    return answer.hops.map((hop) => {
      const source = sourceFor(host, answer, hop, dst);
      return source.kind === 'known' ? source.value : 'unknown';
    });
  }
  const source = sourceFor(host, answer, undefined, dst);
  return source.kind === 'known' ? [source.value] : [];
};

/** What is wrong with our answer; undefined when it agrees with the kernel's. */
function differs(host: Host, family: 4 | 6, q: RouteQuestion, kernel: KernelAnswer): string | undefined {
  const answer = lookup(host, { family, ...q });
  if (answer.kind === 'unknown') {
    // A rule for ports is not to be judged without any.
    if (q.proto === undefined && /rule of priority/.test(answer.missing.what)) return undefined;
    return `we do not know: ${answer.missing.what}`;
  }
  if (q.iif !== undefined && (answer.kind === 'unicast' || answer.kind === 'local' || answer.kind === 'broadcast')) {
    const packet = {
      ...fresh({ family, proto: q.proto ?? 17, src: q.src!, dst: q.dst, sport: 1000, dport: q.dport }),
      mark: q.mark,
    };
    const judged = reversePath(host, packet, q.iif);
    if (judged.answer === 'unknown' && q.proto === undefined && /rule of priority/.test(judged.missing.what)) {
      return undefined;
    }
    // Which of several next hops the kernel took tells, by rules with `iif`, where the way back goes.
    if (judged.answer === 'unknown' && answer.kind === 'unicast' && answer.hops.length > 1) return undefined;
    if (judged.answer === 'unknown') return `reverse path unknown: ${judged.missing.what}`;
    const refused = kernel.error === 'EXDEV' || kernel.error === 'EINVAL';
    if (refused !== (judged.answer === 'no')) return `reverse path: ${judged.answer}, ${judged.says}`;
    if (refused) return undefined;
  }
  if (answer.kind in ERRORS) {
    // Bound to a device, IPv4 takes the destination as on link when all else fails.
    if (q.oif !== undefined && family === 4 && kernel.error === undefined) return undefined;
    // A rule that says unreachable has an error of its own (fib4_rule_action).
    const byRule = answer.kind === 'unreachable' && answer.route === undefined;
    const expected = byRule ? ERRORS.none : ERRORS[answer.kind as keyof typeof ERRORS];
    return kernel.error === expected ? undefined : `we expect ${expected}`;
  }
  if (kernel.error !== undefined) return `the kernel refuses (${kernel.error})`;
  const type = kernel.type ?? 'unicast';
  if (answer.kind !== (type === 'anycast' ? 'local' : type)) return `another type`;
  if (answer.kind !== 'unicast') return undefined;
  const index = answer.hops.findIndex((hop) => hop.dev === kernel.dev && hop.via === kernel.gateway);
  if (index < 0) return 'another next hop';
  if (q.src === undefined && q.iif === undefined && kernel.prefsrc !== undefined) {
    const source = sourceOf(host, answer, q.dst)[index];
    if (source !== kernel.prefsrc) return `another source: ${source}`;
  }
  return undefined;
}

const SEED = Number(process.env['PODTRAIL_SEED'] ?? 1);
const CASES = Number(process.env['PODTRAIL_CASES'] ?? 12);
const QUESTIONS = 150;

describe.skipIf(!canMakeNamespaces())('routing against the kernel', () => {
  const cases = Array.from({ length: CASES }, (_, i) => [SEED * 1000 + i, i % 3 === 2 ? 6 : 4] as const);
  it.each(cases)('seed %i, IPv%i', async (seed, family) => {
    const random = new Random(seed);
    const given = routingCase(random, family);
    const ns = new Namespace('ptroute');
    try {
      ns.run(given.setup.join('\n'));
      ns.feed(`ip -${family} -force -batch -`, given.routes);
      // Carrier changes reach the routes a moment later.
      await new Promise((done) => setTimeout(done, 100));
      const host = await hostIn(ns, random.chance(0.5));
      const own = host.addresses[family].value.map(({ address }) => address).filter((text) => /^10|^fd/.test(text));
      const questions = Array.from({ length: QUESTIONS }, () => routeQuestion(random, given, own));
      const answers = askKernel(ns, family, questions.map(asCommand));
      const wrong = questions.flatMap((question, i) => {
        const difference = differs(host, family, question, answers[i]!);
        return difference === undefined
          ? []
          : [
              `${asCommand(question)}\n  kernel ${JSON.stringify(answers[i])}\n  ${difference}\n  ${explain(host, family, question)}`,
            ];
      });
      const state = wrong.length === 0 ? '' : ns.run(`ip -${family} rule; ip -${family} route show table all; ip addr`);
      expect(wrong.slice(0, Number(process.env['PODTRAIL_SHOW'] ?? 3)).join('\n') + state).toBe('');
    } finally {
      ns.remove();
    }
  });
});
