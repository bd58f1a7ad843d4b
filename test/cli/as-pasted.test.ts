import { describe, expect, it } from 'vitest';
import { framed, pcap, unansweredSyn } from '../capture-writer.js';
import { reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** The same dumps as people hand them on: in a mail, in an issue, in a chat. The verdict must not depend on it. */

type Files = Readonly<Record<string, string>>;
interface Dump {
  readonly command: string;
  readonly output: string;
}

const CAPTURE = {
  'k1-cni0.pcap': pcap(
    framed([0, 1].flatMap((i) => unansweredSyn(1_700_000_000 + i, `10.244.1.5:4000${i}`, '10.244.2.5:80'))),
  ),
};
/** Each dump stands beneath a prompt: `[root@k1 ~]# ip addr`. */
const dumpOf = (text: string): Dump => {
  const [prompt = '', ...output] = text.trimEnd().split('\n');
  return { command: prompt.replace(/^.*?[#$] /, ''), output: output.join('\n') };
};
const dumpsOf = (files: Files, node: string): readonly Dump[] =>
  Object.entries(files).flatMap(([name, text]) => (name.startsWith(`${node}/`) ? [dumpOf(text)] : []));
const NODES = ['k1', 'k2', 'k3'];
const OBJECTS = [
  { command: 'kubectl get nodes -o yaml', file: 'kubectl/nodes.yaml' },
  { command: 'kubectl get pods -A -o wide', file: 'kubectl/pods.txt' },
];
const objects = (files: Files, sign: string): string =>
  OBJECTS.map(({ command, file }) => `${sign}${command}\n${files[file]!.trimEnd()}\n`).join('\n');

/** All of it under prompts of each host, with something between the dumps. */
const prompted = (files: Files, between: string): string =>
  `${objects(files, '[root@k1 ~]# ')}\n${NODES.flatMap((node) =>
    dumpsOf(files, node).map(({ command, output }) => `[root@${node} ~]# ${command}\n${output}\n${between}`),
  ).join('')}`;
/** Beneath a line that names the node, with no host in the prompts. */
const headed = (files: Files, heading: (node: string) => string): string =>
  `${objects(files, '$ ')}\n${NODES.map(
    (node) =>
      `\n${heading(node)}\n${dumpsOf(files, node)
        .map(({ command, output }) => `$ ${command}\n${output}\n`)
        .join('\n')}`,
  ).join('\n')}`;

/** Each command typed once for each node, behind something that leads there, with what that prints around the output. */
const through = (files: Files, lead: (node: string) => string, before = '', behind = ''): string =>
  `${objects(files, '$ ')}\n${NODES.flatMap((node) =>
    dumpsOf(files, node).map(
      ({ command, output }) =>
        `$ ${lead(node)} ${command}\n${before.replaceAll('NODE', node)}${output}\n${behind.replaceAll('NODE', node)}\n`,
    ),
  ).join('')}`;
/** Each command typed once for all nodes. */
const atOnce = (
  files: Files,
  typed: (command: string) => string,
  said: (dumps: readonly (Dump & { node: string })[]) => string,
): string =>
  `${objects(files, '$ ')}\n${dumpsOf(files, 'k1')
    .map(
      ({ command }) =>
        `$ ${typed(command)}\n${said(
          NODES.flatMap((node) =>
            dumpsOf(files, node).flatMap((dump) => (dump.command === command ? [{ ...dump, node }] : [])),
          ),
        )}\n`,
    )
    .join('')}`;
const each =
  (text: (dump: Dump & { node: string }, at: number) => string) =>
  (dumps: readonly (Dump & { node: string })[]): string =>
    dumps.map(text).join('\n');
const lines = (text: string, before: string): string =>
  text
    .split('\n')
    .map((line) => `${before}${line}`)
    .join('\n');
/** The first line of each host, then the second of each, … */
const inTurns = (texts: readonly string[]): string => {
  const rows = texts.map((text) => text.split('\n'));
  const most = Math.max(...rows.map(({ length }) => length));
  return Array.from({ length: most }, (_, at) => rows.flatMap((row) => row[at] ?? []))
    .flat()
    .join('\n');
};

const FORMS: Readonly<Record<string, (files: Files) => string>> = {
  'quoted in a mail': (files) =>
    `Hello,\r\n\r\non Tue somebody wrote:\r\n${prompted(files, '')
      .split('\n')
      .map((line) => `> ${line}`.trimEnd())
      .join('\r\n')}`,
  'with Chinese between the dumps': (files) => `环境：三台机器。\n\n${prompted(files, '再看一下：\n\n')}`,
  'in code blocks of an issue, each introduced': (files) =>
    `## Cluster\n\n${OBJECTS.map(({ command, file }) => `\`\`\`\n$ ${command}\n${files[file]!.trimEnd()}\n\`\`\`\n`).join('\n')}\n${NODES.flatMap(
      (node) =>
        dumpsOf(files, node).map(
          ({ command, output }) => `\`${command}\` on ${node}:\n\n\`\`\`\n${output}\n\`\`\`\n\n`,
        ),
    ).join('')}`,
  'in code blocks under a heading for each node': (files) =>
    `# Ticket\n\n\`\`\`\n${objects(files, '$ ')}\`\`\`\n\n${NODES.map(
      (node) =>
        `## ${node}\n\n${dumpsOf(files, node)
          .map(({ command, output }) => `\`\`\`\n$ ${command}\n${output}\n\`\`\`\n`)
          .join('\n')}`,
    ).join('\n')}`,
  'under ==> NODE <==': (files) => headed(files, (node) => `==> ${node} <==`),
  'under NODE:': (files) => headed(files, (node) => `${node}:`),
  'from oc debug of each node': (files) =>
    through(
      files,
      (node) => `oc debug node/${node} -- chroot /host`,
      'Starting pod/NODE-debug-x7k2p ...\nTo use host binaries, run `chroot /host`\n',
      '\nRemoving debug pod ...\n',
    ),
  'from containers that are nodes': (files) => through(files, (node) => `docker exec ${node}`),
  'from virtual machines': (files) =>
    through(files, (node) => `vagrant ssh ${node} --`, '', 'Connection to 127.0.0.1 closed.\n'),
  'from pdsh': (files) =>
    atOnce(
      files,
      (command) => `pdsh -w k[1-3] ${command}`,
      each(({ node, output }) => lines(output, `${node}: `)),
    ),
  'from pdsh, whose lines came in turns': (files) =>
    atOnce(
      files,
      (command) => `pdsh -a ${command}`,
      (dumps) =>
        `${inTurns(dumps.map(({ node, output }) => lines(output, `${node}: `)))}\npdsh@ctl: k9: ssh exited with exit code 255`,
    ),
  'from dshbak': (files) =>
    atOnce(
      files,
      (command) => `pdsh -a ${command} | dshbak -c`,
      each(({ node, output }) => `----------------\n${node}\n----------------\n${output}`),
    ),
  'from parallel-ssh': (files) =>
    atOnce(
      files,
      (command) => `parallel-ssh -h hosts -i "${command}"`,
      each(({ node, output }, at) => `[${at + 1}] 12:00:01 [SUCCESS] ${node}\n${output}`),
    ),
  'from salt': (files) =>
    atOnce(
      files,
      (command) => `salt '*' cmd.run '${command}'`,
      each(({ node, output }) => `${node}:\n${lines(output, '    ')}`),
    ),
  'under a Chinese heading': (files) => headed(files, (node) => `在节点 ${node} 上执行：`),
};

const faulty = {
  ...WHOLE,
  'k1/ip_route_show_table_all.txt': WHOLE['k1/ip_route_show_table_all.txt']!.replace(
    '10.244.2.0/24 via 10.7.7.12 dev eth0\n',
    'default via 10.7.7.254 dev eth0\n',
  ),
};
const told = (files: Readonly<Record<string, string | Buffer>>): unknown => {
  const { verdict, findings } = reportByCommand({ ...files, ...CAPTURE });
  const causes = findings.filter(({ kind }) => kind === 'cause');
  return [verdict.state, verdict.cause, verdict.confidence, causes.map(({ code, title }) => `${code} ${title}`)];
};

describe('dumps that were pasted', () => {
  const folders = [told(faulty), told(WHOLE)];

  it('give a verdict in folders of nodes', () => {
    expect(folders[0]).toEqual([
      'diagnosed',
      'missing-pod-route',
      'proven',
      [expect.stringContaining('k1 has no route to 10.244.2.0/24')],
    ]);
    expect(folders[1]).toEqual(['suspected', null, null, []]);
  });

  it.each(Object.keys(FORMS))('give the same verdict %s', (form) => {
    expect([faulty, WHOLE].map((files) => told({ 'ticket.txt': FORMS[form]!(files) }))).toEqual(folders);
  });
});
