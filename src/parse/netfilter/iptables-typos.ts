/**
 * Rules in tickets and articles are often retyped from a screenshot. What has one reading only is put right:
 * `!--src-type` (no blank), `--randomm-fully` (one letter off a known option), `LOcAL`, typographic dashes and quotes.
 * Names of chains, sets and devices are never touched.
 */

/** Long options that decide where a packet goes (iptables-extensions(8)); only these are worth repairing. */
const OPTIONS = [
  ...['--source', '--destination', '--in-interface', '--out-interface', '--protocol', '--match', '--jump', '--goto'],
  ...[
    '--comment',
    '--mark',
    '--set-xmark',
    '--set-mark',
    '--or-mark',
    '--and-mark',
    '--xor-mark',
    '--match-set',
    '--return-nomatch',
  ],
  ...['--src-type', '--dst-type', '--limit-iface-in', '--limit-iface-out', '--ctstate', '--state', '--ctorigdst'],
  ...['--dport', '--sport', '--dports', '--sports', '--ports', '--tcp-flags', '--syn', '--icmp-type', '--mode'],
  ...['--probability', '--every', '--packet', '--random-fully', '--random', '--persistent', '--to-ports'],
  ...['--to-source', '--to-destination', '--reject-with', '--log-prefix', '--log-level', '--limit', '--limit-burst'],
  ...['--physdev-in', '--physdev-out', '--physdev-is-bridged', '--set-mss', '--clamp-mss-to-pmtu', '--save-mark'],
  ...[
    '--restore-mark',
    '--nfmask',
    '--ctmask',
    '--notrack',
    '--zone',
    '--src-range',
    '--dst-range',
    '--uid-owner',
    '--gid-owner',
  ],
  ...['--nfacct-name', '--ctdir', '--ctstatus', '--ctproto', '--update-counters', '--packets-eq', '--bytes-eq'],
  ...['--rcheck', '--update', '--seconds', '--hitcount', '--reap', '--name', '--mask', '--rsource', '--rdest', '--set'],
  ...['--rttl', '--remove', '--pol', '--dir', '--proto', '--to', '--on-port', '--on-ip', '--tproxy-mark', '--loose'],
  ...['--validmark', '--invert', '--accept-local', '--log-uid', '--log-ip-options', '--set-dscp', '--dscp', '--list'],
];
const KNOWN = new Set(OPTIONS);

/** True when one letter was added, left out, changed, or two neighbours swapped. */
function oneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const restA = a.slice(i);
  const restB = b.slice(i);
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}

/** Returns the words of a rule with what was mistyped put right; correct rules come back unchanged. */
export function repairOptions(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const raw of words) {
    const previous = out.at(-1);
    // The text of a comment or log prefix is anybody's.
    if (previous === '--comment' || previous === '--log-prefix') {
      out.push(raw);
      continue;
    }
    let word = raw;
    if (/^!?[–—‐-]+[a-z]/i.test(word) && /[–—‐]/.test(word)) {
      word = word.replace(/^(!?)[–—‐-]+/, (_, not: string) => not + (/^!?[–—‐-]+[a-z]$/i.test(raw) ? '-' : '--'));
    }
    if (/^!-{1,2}[a-z]/.test(word)) {
      out.push('!');
      word = word.slice(1);
    }
    if (/^--[a-z]/.test(word) && !KNOWN.has(word) && word.length > 6) {
      const near = OPTIONS.filter((option) => oneOff(option, word));
      if (near.length === 1) word = near[0]!;
    }
    if ((previous === '--src-type' || previous === '--dst-type') && /^[a-z]+$/i.test(word)) word = word.toUpperCase();
    out.push(word);
  }
  return out;
}
