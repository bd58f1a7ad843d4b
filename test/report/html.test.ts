import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ConversationExhibit } from '../../src/core/exhibits.js';
import type { Report } from '../../src/core/finding.js';
import { renderHtml } from '../../src/report/html/page.js';
import { everyText, largeReport, sampleReport } from './sample-report.js';

const page = renderHtml(sampleReport);
const empty: Report = {
  ...sampleReport,
  verdict: { state: 'no-fault-found', cause: null, confidence: null, summary: 'Nothing is wrong.', subjects: [] },
  findings: [],
  ruledOut: [],
  notChecked: [],
  notRead: [],
  checks: [],
  clocks: [],
  exhibits: { conversations: [], cluster: { nodes: [], ways: [] }, timeline: { events: [], more: 0 } },
};

const texts = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map((match) => match[1]!);

describe('the HTML report', () => {
  it('says what broke, where and what to do before anything else', () => {
    const head = page.slice(page.indexOf('<main'), page.indexOf('aria-label="Contents"'));
    expect(head).toContain(`<h1 id="verdict-h">${sampleReport.verdict.summary}</h1>`);
    expect(head).toContain('Breaks at');
    expect(head).toContain('<b>edge-2</b>');
    for (const command of Object.values(sampleReport.findings[0]!.remedy[0]!)) expect(head).toContain(command);
  });

  it('has every code, quote, place, command and reason of the report', () => {
    const { findings, ruledOut, notChecked, notRead, checks } = sampleReport;
    for (const { code } of [...findings, ...ruledOut, ...notChecked, ...checks]) expect(page).toContain(`>${code}<`);
    for (const text of ['edge-2/iptables-save.txt:64', 'edge-1/eno1.pcapng frame 4', ':FORWARD DROP [6:360]'])
      expect(page).toContain(text);
    expect(page).toContain('no other rule of edge-1');
    expect(page).toContain(notRead[0]!.file);
    expect(page).toContain(notChecked[0]!.collect);
  });

  it('loads nothing, and its policy names its own style and script alone', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!;
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [style] = texts(page, /<style>([\s\S]*?)<\/style>/g);
    const [script] = texts(page, /<script>([\s\S]*?)<\/script>/g);
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash(style!)}; script-src ${hash(script!)}; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/ style="|\bon[a-z]+="|src="|url\(|@import|<link|<iframe|<img/);
    for (const href of texts(page, /href="([^"]*)"/g)) expect(href).toMatch(/^#[\w-]+$/);
  });

  it('leads every link to a part of the page, and names no part twice', () => {
    for (const one of [page, renderHtml(largeReport(6, 40))]) {
      const ids = texts(one, / id="([^"]+)"/g);
      expect(new Set(ids).size).toBe(ids.length);
      for (const href of new Set(texts(one, /href="#([^"]+)"/g))) expect(ids).toContain(href);
    }
  });

  it('has headings in order', () => {
    const levels = texts(page, /<h(\d)[ >]/g).map(Number);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.slice(1).forEach((level, i) => {
      expect(level - levels[i]!).toBeLessThanOrEqual(1);
    });
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [, slash, name, , self] of page
      .replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '')
      .matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*(\/?)>/gi)) {
      if (self === '/' || /^(meta|input)$/.test(name!)) continue;
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('marks the break, what was seen, and what was not', () => {
    expect(page).toContain('class="station breaks"');
    expect(page).toContain('seen 4×');
    expect(page).toContain('class="station unseen"');
    expect(page).toContain('chip envelope');
    expect(page).toContain('10.200.2.9:80 is not reached');
    expect(page).toContain('SYN, again');
    expect(page).toContain('class="box odd"');
  });

  it('says why no hop is marked, and lets a packet that goes wrong go on', () => {
    const [conversation] = sampleReport.exhibits.conversations;
    const shown = (change: Partial<ConversationExhibit>): string =>
      renderHtml({
        ...sampleReport,
        exhibits: { ...sampleReport.exhibits, conversations: [{ ...conversation!, breaksAt: undefined, ...change }] },
      });
    const unmarked = shown({ unmarked: 'No hop is marked: it does not lie on this way.' });
    expect(unmarked).toContain('<p class="unmarked">No hop is marked: it does not lie on this way.</p>');
    expect(unmarked).not.toContain('station breaks');
    const wrong = shown({ breaksAt: { walk: 'request', step: 1, how: 'goes-wrong', finding: 0 } });
    expect(wrong).toContain('>goes wrong here<');
    expect(wrong).toContain('Goes wrong at');
    expect(wrong).not.toContain('is not reached');
    const [step] = texts(wrong, /<li id="c0q1"[^>]*>([\s\S]*?)<\/li>/g);
    expect(step).toContain(`${sampleReport.findings[0]!.title} (<a href="#f0">its evidence</a>)`);
    expect(wrong).not.toMatch(/station \w+ beyond/);
    expect(shown({ breaksAt: { walk: 'request', step: 1, how: 'stops' } })).toMatch(/station \w+ beyond/);
  });

  it('tells a node that only differs from one at fault', () => {
    const [fine, guilty] = sampleReport.exhibits.cluster.nodes;
    const nodes = [{ ...fine!, differs: ['takes 1400 bytes'] }, guilty!];
    const html = renderHtml({
      ...sampleReport,
      exhibits: { ...sampleReport.exhibits, cluster: { ...sampleReport.exhibits.cluster, nodes } },
    });
    expect(html).toContain('edge-2 is at fault; edge-1 differs, and is not blamed.');
    expect(html).toContain('class="box differs"');
    expect(html).toContain('class="box odd"');
  });

  it('explains the marks that the map has, and no others', () => {
    const { nodes, ways } = sampleReport.exhibits.cluster;
    const marks = (state: 'right' | 'wrong' | 'unknown'): readonly string[] => {
      const cluster = { nodes, ways: ways.map((way) => ({ ...way, state })) };
      const html = renderHtml({ ...sampleReport, exhibits: { ...sampleReport.exhibits, cluster } });
      return texts(html, /<path class="bow \w+" d="M0 6H28"\/><\/svg> ([^<]+)</g);
    };
    expect(ways.length).toBeGreaterThan(0);
    expect(marks('right')).toEqual(['leads to that node']);
    expect(marks('wrong')).toEqual(['does not, or packets were lost on it']);
    expect(marks('unknown')).toEqual(['the bundle does not tell']);
  });

  it('offers commands alone to be copied, not what is said in words', () => {
    const [finding] = sampleReport.findings;
    const words = {
      command: '# ask those who run the network',
      verify: 'ping 192.0.2.1',
      rollback: 'none: it only looks',
    };
    const html = renderHtml({
      ...sampleReport,
      findings: [{ ...finding!, remedy: [{ ...words, why: 'it is theirs' }] }],
    });
    const head = html.slice(html.indexOf('id="fix"'), html.indexOf('aria-label="Contents"'));
    expect(texts(head, /<pre><code>([^<]*)</g)).toEqual(['ping 192.0.2.1']);
    expect(texts(head, /<p class="by-hand">([^<]*)</g)).toEqual([
      'ask those who run the network',
      'none: it only looks',
    ]);
    expect(head.match(/class="copy"/g)).toHaveLength(1);
  });

  it('shows as much of what is to be collected as the report has first, and else three', () => {
    const lacks = (['stale-vtep', 'martian-source', 'bad-checksum', 'unreplied-syn', 'rule-drop'] as const).map(
      (code) => ({
        code,
        missing: ['a capture'],
        collect: `tcpdump -w ${code}.pcap`,
      }),
    );
    const shown = (notChecked: Report['notChecked']): string[] => {
      const html = renderHtml({ ...empty, notChecked });
      return texts(html.slice(0, html.indexOf('aria-label="Contents"')), /-w ([\w-]+)\.pcap</g);
    };
    expect(shown(lacks)).toEqual(['stale-vtep', 'martian-source', 'bad-checksum']);
    const first = lacks.map((ask, i) => (i < 4 ? { ...ask, first: true as const } : ask));
    expect(shown(first)).toEqual(['stale-vtep', 'martian-source', 'bad-checksum', 'unreplied-syn']);
  });

  it('does not say that a packet breaks where it was only not seen', () => {
    const [conversation] = sampleReport.exhibits.conversations;
    const lost = renderHtml({
      ...sampleReport,
      exhibits: {
        ...sampleReport.exhibits,
        conversations: [
          {
            ...conversation!,
            parting: 'vanished',
            says: 'It is seen at edge-1 and not at edge-2.',
            breaksAt: { walk: 'request', step: 4, how: 'lost' },
          },
        ],
      },
    });
    expect(lost).toContain('Lost before');
    expect(lost).toContain('>not seen here<');
    expect(lost).not.toContain('>breaks here<');
    expect(lost).toContain('class="station predicted beyond"');
    // What was seen last stands beside it.
    expect(lost.slice(lost.indexOf('class="at-break"'))).toMatch(/^.*\n?.*edge-1\/eno1\.pcapng frame 4/);
  });

  it('is the same page for the same report', () => {
    expect(renderHtml(sampleReport)).toBe(page);
  });

  it('is whole without anything to draw, and says so without alarm', () => {
    const healthy = renderHtml(empty);
    expect(healthy).toContain('No fault found');
    expect(healthy).not.toContain('<section id="journey"');
    expect(healthy.slice(0, healthy.indexOf('<script>'))).not.toContain('undefined');
  });

  it('asks for what is missing when it cannot tell', () => {
    const cannot = renderHtml({
      ...empty,
      verdict: { ...empty.verdict, state: 'insufficient', summary: 'The bundle does not tell.' },
      notChecked: sampleReport.notChecked,
    });
    expect(cannot.indexOf(sampleReport.notChecked[0]!.collect)).toBeLessThan(cannot.indexOf('aria-label="Contents"'));
  });
});

describe('hostile text', () => {
  const evil =
    "</script></style><script>alert(1)</script>\"><img src=x onerror=alert(1)>' onclick='x\u202egpj.exe\u0000\u001b[2J";

  it('stays text in every field of the report', () => {
    const hostile = renderHtml(everyText(sampleReport, (text) => `${text}${evil}`) as Report);
    expect(texts(hostile, /(<script)/g)).toHaveLength(1);
    expect(texts(hostile, /(<\/script>)/g)).toHaveLength(1);
    expect(texts(hostile, /(<\/style>)/g)).toHaveLength(1);
    expect(hostile).not.toContain('<img');
    // Outside of quotes and tags nothing of it can open an attribute.
    expect(hostile.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*onclick/);
    expect(hostile).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0000\u001b]/);
  });

  it('makes no link of an address', () => {
    const hostile = renderHtml(everyText(sampleReport, () => 'javascript:alert(1)') as Report);
    for (const href of texts(hostile, /href="([^"]*)"/g)) expect(href).toMatch(/^#[\w-]+$/);
  });
});

describe('a large report', () => {
  it('stays small: what lists repeat is bounded', () => {
    const large = renderHtml(largeReport());
    expect(large.length).toBeLessThan(9_000_000);
    expect(texts(large, /(<svg class="matrix")/g)).toHaveLength(1);
  });
});
