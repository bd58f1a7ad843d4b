/** Where in its chain a rule goes depends on the rules that are there already. */
const withoutPosition = (rest: string): string => rest.replace(/(?<=(?:^| )-I \S+) \d+(?= |$)/, '');

/** Options of an iptables rule, each with its negation and value, in one order; `-m tcp` says nothing that `-p tcp` does not. */
function ruleOptions(rest: string): string {
  const options = withoutPosition(rest)
    .split(/ (?=(?:! )?-{1,2}[a-zA-Z])/)
    .filter((option) => !/^-m (?:tcp|udp)$/.test(option));
  return options.sort().join(' ');
}

/** A command as it can be compared: without sudo, a remark, needless blanks, and, of iptables, without the order of options. */
export function normalised(command: string): string {
  const plain = command
    .replace(/\s#\s.*$/s, '')
    .replaceAll(/\bsudo\s+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const [, iptables, rest] = /^(ip6?tables(?:-legacy|-nft)?) (.*)$/.exec(plain) ?? [];
  return iptables === undefined || rest === undefined ? plain : `${iptables} ${ruleOptions(rest)}`;
}

/** What stands in a remedy where the bundle does not tell the value. */
const UNKNOWN = /\b(?:FREE_ADDRESS|ROUTER|UPLINK)\b/;

/** True when an offered remedy has the command that was proven, values that its reader fills in aside. Both are normalised. */
export function offers(offered: string, proven: string): boolean {
  if (!UNKNOWN.test(offered)) return offered.includes(proven);
  const words = offered
    .split(/(?<=[ /])|(?=[ /])/)
    .map((word) => (UNKNOWN.test(word) ? '[^ /]+' : word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${words.join('')}$`).test(proven);
}
