import type { Section } from '../parser.js';

/** Options that iproute2 takes before its object, as a piece of a regular expression (ip(8), "OPTIONS"). */
const OPTIONS = String.raw`(?:\s+-{1,2}(?:n(?:etns)?|f(?:amily)?|rc(?:vbuf)?|b(?:atch)?)\s+\S+|\s+-{1,2}[a-zA-Z0-9]\S*)*`;
/** iproute2 takes any prefix of an object's name: `ip r`, `ip ro`, `ip route`. */
const prefixes = (name: string): string =>
  [...name].reduceRight((rest, c, i) => (i === 0 ? c + rest : `(?:${c}${rest})?`), '');

/** An ambiguous letter is the object that iproute2 has first in its list: `ip r` is `ip route`, never `ip rule`. */
const abbreviations = (name: string): string => (name === 'rule' ? `r${prefixes('ule')}` : prefixes(name));

/** Matches `ip [options] OBJECT …` with text output; `names` are full names, `not` what must not follow. */
export function ipText(names: readonly string[], not = ''): RegExp {
  const objects = names.map(abbreviations).join('|');
  return new RegExp(String.raw`^ip(?!.*\s--?j(?:s|so|son)?(?:\s|$))${OPTIONS}\s+(?:${objects})(?![\w-])${not}`);
}

/** What an iproute2 command says of its output: family and filters, whose words the tool then leaves out of each line. */
export interface IpCommand {
  readonly family?: 4 | 6 | undefined;
  /** The word after a keyword, e.g. `dev` in `ip route show dev eth0`. */
  after(keyword: RegExp): string | undefined;
}

/** Reads the command of a section; the base name of the member may tell the family (`ipv6route`, `ip-route-v6.txt`). */
export function ipCommand(section: Section): IpCommand {
  const words = section.command?.trim().split(/\s+/) ?? [];
  const after = (keyword: RegExp): string | undefined => {
    const at = words.findIndex((word) => keyword.test(word));
    return at > 0 ? words[at + 1] : undefined;
  };
  const named = after(/^(-{1,2}f(amily)?|-A)$/);
  const flag = words.find((word) => /^-{1,2}[46]$|^--inet6?$|^-[a-z]+[46]$|^-rn[46]$/.test(word));
  const base = section.path.replace(/^.*[/!]/, '');
  const six = named === 'inet6' || flag?.endsWith('6') === true;
  const four = named === 'inet' || flag?.endsWith('4') === true || flag?.endsWith('inet') === true;
  const spelled = /(?:ip|inet|route|rule|neigh|addr)v?[-_.]*6|(?:^|[-_.])v?6(?:[-_.]|$)/i.test(base) ? 6 : undefined;
  return { family: six ? 6 : four ? 4 : spelled, after };
}
