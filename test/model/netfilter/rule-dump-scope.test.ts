import { describe, expect, it } from 'vitest';
import { ruleDumpScope } from '../../../src/model/netfilter/rule-dump-scope.js';

describe('what a dump of rules was asked for', () => {
  it.each([
    'iptables -S FORWARD',
    'iptables-nft -t nat -S POSTROUTING',
    'iptables -nvL FORWARD',
    'iptables -t nat -L POSTROUTING -n',
    'ip6tables --list-rules INPUT',
    'iptables-legacy --list FORWARD -v',
    'nft list chain inet fw forward',
    'nft -a list chain ip filter FORWARD',
  ])('%s: one chain', (command) => {
    expect(ruleDumpScope(command)).toEqual({ oneChain: true, allTables: false });
  });

  it.each(['iptables-save', 'iptables-legacy-save -c', 'ip6tables-nft-save', 'iptables-save --counters'])(
    '%s: every table that is loaded',
    (command) => {
      expect(ruleDumpScope(command)).toEqual({ oneChain: false, allTables: true });
    },
  );

  it.each([
    'iptables-save -t nat',
    'iptables-save -c -t filter',
    'iptables -S',
    'iptables -L -n -v',
    'iptables -t nat -nvL',
    'nft list ruleset',
    'nft list table ip nat',
    'nft list tables',
    'nft -a list ruleset',
    undefined,
  ])('%s: whole tables, and nothing is known of others', (command) => {
    expect(ruleDumpScope(command)).toEqual({ oneChain: false, allTables: false });
  });
});
