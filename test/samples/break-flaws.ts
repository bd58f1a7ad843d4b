import type { Report } from '../../src/core/finding.js';
import { renderHtml } from '../../src/report/html/page.js';

/** Samples whose first journey comes by no hop at fault, or is not shown as far as that; its picture says so. */
const NO_HOP: ReadonlySet<string> = new Set([
  '112-service-without-endpoint-b',
  '123-duplicate-node-address-a',
  '125-duplicate-pod-cidr-a',
  '127-cidr-overlap-b',
  '129-pod-range-exhausted-a',
  '129-pod-range-exhausted-b',
  '130-stale-bridge-address-b',
  '131-cni-config-missing-a',
  '131-cni-config-missing-b',
  '135-conntrack-table-full-b',
]);

/** What is wrong with the marks of broken hops: where a cause is certain or likely, a hop is marked, or the page says why none is. */
export function breakFlaws(name: string, report: Report): readonly string[] {
  const { conversations } = report.exhibits;
  const flaws = conversations.flatMap(({ title, breaksAt, unmarked, ...ways }) => {
    const step = breaksAt === undefined ? undefined : ways[breaksAt.walk]?.steps[breaksAt.step];
    if (breaksAt !== undefined && step === undefined) return [`no such hop: ${title}`];
    if (breaksAt !== undefined && unmarked !== undefined) return [`marked, and not: ${title}`];
    if (report.verdict.state !== 'diagnosed') return unmarked === undefined ? [] : [`nothing to mark: ${title}`];
    return breaksAt === undefined && unmarked === undefined ? [`neither a hop nor a reason: ${title}`] : [];
  });
  const [first] = conversations;
  if (first === undefined || report.verdict.state !== 'diagnosed') return flaws;
  const page = renderHtml(report);
  const drawn = /<a class="station breaks/.test(page);
  if (NO_HOP.has(name)) {
    if (!page.includes('<p class="unmarked">No hop is marked: '))
      flaws.push('the page does not say why no hop is marked');
    if (first.breaksAt !== undefined) flaws.push('a hop is marked that nothing shows to be at fault');
  } else if (!drawn || !/class="label">(?:Breaks at|Goes wrong at|Lost before)</.test(page))
    flaws.push('no hop of the picture is marked');
  return flaws;
}
