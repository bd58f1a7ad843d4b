import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/core/finding.js';
import { unpacked, unpackersMissing } from '../samples/unpacked.js';

/**
 * A node's firewall in nft's own language, as text and as JSON, in bundles of the samples: what is said of it is the same. The
 * rule sets are dumps of a kernel that had these rules (test/parse/nft-pairs).
 */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const FILE = { json: 'nft_-j_list_ruleset.json', text: 'nft_list_ruleset.txt' } as const;
const dump = (name: string, as: 'json' | 'text'): string =>
  readFileSync(`test/parse/nft-pairs/${name}-${as}.txt`, 'utf8');

/** The sample with `text` as one more file of a node. */
function bundle(sample: string, node: string, file: string, text: string): string {
  const folder = unpacked(`samples/bundles/${sample}`, mkdtempSync(join(scratch, 'bundle-')));
  writeFileSync(join(folder, node, file), text);
  return folder;
}

const analyzed = (folder: string): Report =>
  JSON.parse(
    execFileSync(process.execPath, ['dist/cli/main.js', 'analyze', folder, '-f', 'json', '-q'], {
      maxBuffer: 64e6,
      encoding: 'utf8',
    }),
  ) as Report;

/** Everything that is said, without where it was read. */
const said = (report: Report): unknown => [
  report.verdict,
  report.findings.map(({ code, title, confidence, subjects, remedy }) => ({
    code,
    title,
    confidence,
    subjects,
    remedy,
  })),
];
const cause = (report: Report): Finding => report.findings.find(({ kind }) => kind === 'cause')!;

const reason = unpackersMissing();
describe.skipIf(reason !== undefined)(`a firewall as nft JSON${reason === undefined ? '' : ` (${reason})`}`, () => {
  /** Sample 105, where the rules that drop are nft's instead of iptables'. */
  const dropping = (as: 'json' | 'text', text = dump('host-drops-6443', as)): Report => {
    const folder = bundle('105-host-firewall-drop-a.tar.gz', 'api-1', FILE[as], text);
    const saved = join(folder, 'api-1/iptables-save.txt');
    writeFileSync(
      saved,
      readFileSync(saved, 'utf8')
        .split('\n')
        .filter((line) => !line.includes('--dport 6443 '))
        .join('\n'),
    );
    return analyzed(folder);
  };

  it('gives the verdict of the text, and quotes the rule', () => {
    const report = dropping('json');
    expect(report.verdict).toMatchObject({ state: 'diagnosed', cause: 'host-firewall-drop', confidence: 'proven' });
    expect(said(report)).toEqual(said(dropping('text')));
    const [rule] = cause(report).evidence;
    expect(rule).toMatchObject({ file: `api-1/${FILE.json}`, line: 1 });
    const { quote } = rule as { quote: string };
    expect(dump('host-drops-6443', 'json')).toContain(quote);
    expect(JSON.parse(quote)).toMatchObject({ rule: { chain: 'input', expr: [{}, {}, { drop: null }] } });
  });

  it('stays silent where the firewall lets the cluster through, and rejects only what nobody sent', () => {
    const node = 'flannel-nodes-20261121/k8s-w-1';
    const report = analyzed(
      bundle('010-healthy-flannel.tar.zst', node, FILE.json, dump('host-lets-pods-through', 'json')),
    );
    expect(report.verdict.state).toBe('no-fault-found');
    expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it('reads a rule at the end of a line of a megabyte', () => {
    const comments = Array.from(
      { length: 4000 },
      (_, i) =>
        `{"rule": {"family": "inet", "table": "other", "chain": "c", "handle": ${i}, "comment": "${'x'.repeat(200)}", "expr": [{"counter": null}]}}`,
    );
    const other = ['{"table": {"family": "inet", "name": "other"}}', ...comments].join(', ');
    const long = dump('host-drops-6443', 'json').replace('{"table"', () => `${other}, {"table"`);
    expect(long.length).toBeGreaterThan(1_000_000);
    expect(cause(dropping('json', long)).code).toBe('host-firewall-drop');
  });

  it('says nothing against the firewall when its dump was cut before the rules that accept', () => {
    const whole = dump('host-lets-pods-through', 'json');
    const cut = whole.slice(0, whole.indexOf('{"rule"') + 400);
    const node = 'flannel-nodes-20261121/k8s-w-1';
    const report = analyzed(bundle('010-healthy-flannel.tar.zst', node, FILE.json, cut));
    expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(JSON.stringify(report)).toContain('nft JSON ends early');
  });
});
