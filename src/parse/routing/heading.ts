import { type Command, parseCommand } from './command.js';
import { decorated, labelled } from './decorated.js';
import { introduced, namedBefore } from './introduced.js';

/** A line that is not output but says what follows: a shell prompt with a command, or a collector's heading. */
export interface Heading {
  /** Host that the prompt names. */
  readonly host?: string | undefined;
  /** Undefined for a prompt without a command. */
  readonly command?: Command | undefined;
  /** How it is told: a prompt with a host, a prompt without one, or a line that somebody wrote above the output. */
  readonly kind: 'prompt' | 'bare' | 'title';
}

/** `[root@n1 ~]# cmd`, `root@n1:~# cmd`, `user@n1 ~ $ cmd`, `root@n1 ~ # cmd`; also with a (venv) or time stamp before it. */
const PROMPT =
  /^\s*(?:\([\w.-]+\)\s*)?(?:\[?\d\d:\d\d(?::\d\d)?\]?\s*)?(?:\[[\w.-]+@([\w.-]+)[ :][^\]]*\]|[\w.-]+@([\w.-]+)(?::[^#$%>]{0,200}?|\s+[~/][^#$%>]{0,200}?)?)\s*[#$%>](?:\s+(.*)|)$/;
/**
 * SUSE's `n1:~ # cmd`, and `n1# cmd`, `n1:~$ cmd`, `[n1 ~]# cmd`, `n1 $ cmd`, `n1$ cmd` (there a name with a digit, for users have
 * prompts like it): the command must be one we know.
 */
const HOSTED =
  /^\s*(?:\[([A-Za-z][\w.-]*) [^\]\s]{1,100}\]|([A-Za-z][\w.-]*)(?::[~/][^\s#$>]{0,200}|(?=#|>| \$ )|(?<=\d[\w.-]{0,20})(?=\$ )))\s?[#$>]\s*(\S.*)$/;
/** A shell in a container, or a theme: `/ # cmd`, `sh-4.2# cmd`, `~ $ cmd`, `❯ cmd`, `controlplane ~ ➜  cmd`. */
const NAMELESS =
  /^\s*(?:(?:sh|bash)-[\d.]+[#$]|[~/][\w./-]* [#$]|(?:[\w.-]+ [~/]\S* )?[❯➜](?:\s+[~/]\S*(?=\s))?)\s+(\S.*)$/;
/** What people run besides what we read: enough to see that a line after `#` is no comment. */
const TOOLS =
  /^(?:arp|arping|bridge|brctl|calicoctl|cat|cd|chroot|cilium|cilium-dbg|cilium-health|conntrack|crictl|ctr|curl|dig|dmesg|docker|etcdctl|ethtool|exit|export|firewall-cmd|hostname|hostnamectl|ifconfig|ip|ip6tables|iperf3?|ipset|iptables|ipvsadm|journalctl|k3s|kubeadm|kubectl|ls|lsmod|modprobe|mtr|nc|ncat|netstat|nerdctl|nft|nslookup|nsenter|nstat|oc|ovs-appctl|ovs-dpctl|ovs-ofctl|ovs-vsctl|ping6?|podman|ps|reboot|route|ss|ssh|sudo|sysctl|systemctl|tail|tc|tcpdump|telnet|tracepath|traceroute|tshark|ufw|uname|uptime|vi|vim|wg|wget)$/;
/** A sentence rather than a command line. */
const PROSE = /[\u3002\uff0c\uff1b\uff01\uff1f]|[.;]$/;
/** Only a root or user sign: ambiguous with comments and prose, so the command must be one we know. */
const BARE = /^\s*[$#%>]\s*(\S.*)$/;
/** supportconfig and sos style: `# /sbin/ip route`. Absolute path, so no comment. */
const ABSOLUTE = /^#\s+(\/(?:usr\/)?s?bin\/\S+.*)$/;
/** supportconfig's frame around each command or file: whatever came before is over. */
const FRAME = /^#==\[ [\w ]+ \]=+#$/;
/** `kubectl cluster-info dump` around each container's log: the log is of that pod's node. */
const POD_LOG = /^==== (START|END) logs for container \S+ of pod (?:[^\s/]+\/)?(\S+) ====$/;

/** Ansible's, above what each host printed (`plugins/callback/minimal.py`). */
const ANSIBLE = /^([\w.-]+) \| (?:CHANGED|SUCCESS|FAILED!?) \| rc=\d{1,3} >>\s*$/;

/** The host behind its command: `ip route on n1`, `ip route (n1)`, `ip route @ n1`. */
const BEHIND = /^(\S[^()@]{0,200}?)(?: on (?:node |host )?([\w.-]+)| \(([\w.-]+)\)| @ ?([\w.-]+))$/;

/** A rule of iptables-save or ipset: there are tens of thousands of them, and the dash decorates nothing. */
const RULE = /^-[A-Z] /;

/** Quoting marks of a mail or comment in front of a prompt. */
const QUOTED = /^(?:\s*>)+\s*(?=\[?[\w.-]{1,100}@[\w.-])/;
/** A prompt that somebody set in bold: `**root@n1:~# cmd**`. */
const BOLD = /^\s*(\*\*|__)(?=\S*@)(.*)\1\s*$/;

/**
 * Recognises a heading. `known` says whether some parser reads that command's output: headings without a host are taken
 * for one only then, because prose and comments look alike.
 */
export function readHeading(line: string, known: (command: string) => boolean): Heading | undefined {
  if (line.length > 2000 || RULE.test(line)) return undefined;
  const prompt = PROMPT.exec(line.replace(QUOTED, '').replace(BOLD, '$2'));
  if (prompt !== null) {
    const typed = prompt[3]?.trim() ?? '';
    return { kind: 'prompt', host: prompt[1] ?? prompt[2], command: typed === '' ? undefined : parseCommand(typed) };
  }
  // Only a line with one of the signs within its beginning can be a prompt.
  if (/[#$>❯➜]/.test(line.length > 200 ? line.slice(0, 200) : line)) {
    const likely = (typed: string): Command | undefined => {
      const command = parseCommand(typed);
      const tool = command?.text.split(' ')[0] ?? '';
      // A shell on another machine or in a pod: what is typed next is of there.
      const away = command?.host !== undefined || command?.netns !== undefined;
      return command !== undefined && (known(command.text) || TOOLS.test(tool) || (away && /^(?:ba)?sh$/.test(tool)))
        ? command
        : undefined;
    };
    const nameless = NAMELESS.exec(line);
    const typed = nameless === null ? undefined : likely(nameless[1]!);
    if (typed !== undefined) return { kind: 'bare', command: typed };
    const hosted = HOSTED.exec(line);
    const command = hosted === null || /^https?$/.test(hosted[2] ?? '') ? undefined : likely(hosted[3]!);
    if (hosted !== null && command !== undefined) return { kind: 'prompt', host: hosted[1] ?? hosted[2], command };
    const signed = /^\s*([#$%])\s?([A-Za-z./][\w./-]*(?:\s.*|))$/.exec(line);
    if (signed !== null && !(signed[1] === '#' && PROSE.test(line))) {
      const read = likely(signed[2]!);
      if (read !== undefined) return { kind: 'bare', command: read };
    }
  }
  const ansible = ANSIBLE.exec(line)?.[1];
  if (ansible !== undefined) return { kind: 'title', host: ansible };
  if (FRAME.test(line)) return { kind: 'title' };
  const podLog = POD_LOG.exec(line);
  if (podLog !== null) return { kind: 'title', host: podLog[1] === 'START' ? podLog[2] : undefined };
  const sentence = introduced(line);
  const said = sentence === undefined ? undefined : parseCommand(sentence.typed);
  if (said !== undefined && known(said.text)) return { kind: 'title', host: sentence!.host, command: said };
  const first = line.trimStart().charCodeAt(0);
  // = # * > + - [ $ % and the letters of Command/cmd/executing/running
  if (!/[=#*>+\-[$%CcEeRr]/.test(String.fromCharCode(first))) return undefined;
  const forms = [
    ['title', ABSOLUTE.exec(line)?.[1]?.trim()],
    ['bare', BARE.exec(line)?.[1]?.trim()],
    ['title', labelled(line)],
    ['title', decorated(line)],
  ] as const;
  for (const [kind, typed] of forms) {
    if (typed === undefined || typed === '' || (/^\s*#\s/.test(line) && PROSE.test(line))) continue;
    const behind = BEHIND.exec(typed);
    const told = behind === null ? undefined : parseCommand(behind[1]!);
    if (told !== undefined && known(told.text))
      return { kind, host: behind![2] ?? behind![3] ?? behind![4], command: told };
    const hosted = /^([\w.-]+)(?:[:>\]]| [:|-])\s+(\S.*)$/.exec(typed);
    const before = namedBefore(typed);
    const readings: readonly (readonly [string | undefined, string | undefined])[] = [
      [undefined, typed],
      [hosted?.[1], hosted?.[2]],
      [before?.host, before?.typed],
    ];
    for (const [host, text] of readings) {
      const command = text === undefined ? undefined : parseCommand(text);
      if (command !== undefined && known(command.text)) return { kind, host, command };
    }
  }
  const absolute = ABSOLUTE.exec(line);
  return absolute === null ? undefined : { kind: 'title', command: parseCommand(absolute[1]!) };
}

/** What a pipe leads to, in a file's name, which cannot have the sign: `ip_route_grep_eth0.txt`, `kubectl_get_pods_-A___grep_web`. */
const PIPED = /[ |]+(e?grep|fgrep|head|tail|awk) /g;

/**
 * The command that a member's file name spells, as sos and others do: `ip_-d_address`, `iptables_-t_nat_-nvL.txt`; in Cilium's
 * bugtool blanks are dashes, too: `ip--4-route-show-table-200.md` (cilium `bugtool/cmd/root.go`).
 */
export function commandOfPath(path: string, known: (command: string) => boolean): Command | undefined {
  const base = path.replace(/^.*[/!]/, '').replace(/\.(txt|log|out|json|yaml|yml|gz|xz|md)$/g, '');
  for (const typed of [
    // AKS: `ip_4_route.json` is `ip -4 route` (AgentBaker `aks-log-collector.sh`).
    base.replace(/^ip_(?=[46]_)/, 'ip_-').replaceAll('_', ' '),
    base.replace(/-(?=-)/g, ' ').replace(/(?<=[^ ])-/g, ' '),
    base.replaceAll('-', ' '),
    base,
  ]) {
    const command = parseCommand(typed.replace(/\s+/g, ' ').replace(PIPED, ' | $1 '));
    if (command !== undefined && known(command.text)) return command;
  }
  return undefined;
}
