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
