import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.js';
import type { Evidence, Finding } from '../../src/core/finding.js';
import { writeEvidence } from '../../src/evidence/write.js';
import { tsharkMissing } from '../decode/tshark.js';

/**
 * Frames are cut out of captures of every kind and way of packing; tshark reads the originals and what was written, and both
 * must be the same bytes, times and lengths.
 */

const FIXTURES = 'test/decode/fixtures';
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-evidence-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => join(scratch, `out-${folders++}`);

interface Read {
  readonly hex: string;
  readonly time: string;
  readonly length: string;
  readonly link: string;
  readonly comment: string;
}

/** Every packet of a capture, as tshark reads it. */
function readBy(file: string): Read[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const raw = JSON.parse(spawnSync('tshark', ['-n', '-r', file, '-T', 'jsonraw', '-j', 'frame'], options).stdout) as {
    readonly _source: { readonly layers: { readonly frame_raw: readonly [string] } };
  }[];
  const fields = ['frame.time_epoch', 'frame.len', 'frame.encap_type', 'frame.comment'].flatMap((name) => ['-e', name]);
  const rows = spawnSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields], options)
    .stdout.trimEnd()
    .split('\n');
  return raw.map(({ _source }, i) => {
    const [time = '', length = '', link = '', comment = ''] = rows[i]!.split('\t');
    return { hex: _source.layers.frame_raw[0], time, length, link, comment };
  });
}

const finding = (code: Finding['code'], evidence: readonly Evidence[]): Finding => ({
  code,
  kind: 'symptom',
  severity: 'critical',
  confidence: 'proven',
  title: '',
  explanation: '',
  subjects: [],
  count: 1,
  evidence,
  remedy: [],
});

const reportOf = (...findings: readonly Finding[]) => ({
  bundle: { name: 'bundle', files: 1, bytes: 1, packets: 1, nodes: [] },
  findings,
});

const cite = (file: string, frame: number, role = 'seen', quote = ''): Evidence => ({ role, file, frame, quote });

describe.skipIf(tsharkMissing() !== undefined)('frames.pcapng', () => {
  it.each([
    'plain.pcap',
    'plain.pcapng',
    'any.pcap',
    'any-v1.pcap',
    'ns.pcap',
    'raw.pcap',
    'snap.pcap',
    'modified.pcap',
    'mixed.pcapng',
    'sections.pcapng',
    'vxlan.pcap',
  ])('holds frames of %s as they were', async (name) => {
    const file = join(FIXTURES, name);
    const original = readBy(file);
    const numbers = [...new Set([1, Math.ceil(original.length / 2), original.length])];
    const out = fresh();
    const written = await writeEvidence(
      [file],
      reportOf(
        finding(
          'unreplied-syn',
          numbers.map((n) => cite(name, n)),
        ),
      ),
      out,
    );
    expect(written).toMatchObject({ frames: numbers.length, missing: 0 });
    const cut = readBy(join(out, 'frames.pcapng'));
    const inOrder = [...numbers].sort((a, b) => Number(original[a - 1]!.time) - Number(original[b - 1]!.time) || a - b);
    expect(cut.map(({ comment }) => comment)).toEqual(inOrder.map((n) => `${name} frame ${n}: unreplied-syn (seen)`));
    expect(cut.map(({ hex, time, length, link }) => ({ hex, time, length, link }))).toEqual(
      inOrder.map((n) => {
        const { hex, time, length, link } = original[n - 1]!;
        return { hex, time: nanoseconds(time), length, link };
      }),
    );
  });

  /** What is written has times in nanoseconds. */
  const nanoseconds = (time: string): string => {
    const [seconds = '', fraction = ''] = time.split('.');
    return `${seconds}.${fraction.padEnd(9, '0')}`;
  };

  describe('of packed captures', () => {
    const bundle = join(scratch, 'packed');
    beforeAll(() => {
      const inner = join(scratch, 'inner', 'deep');
      mkdirSync(inner, { recursive: true });
      mkdirSync(join(bundle, 'node-1'), { recursive: true });
      copyFileSync(join(FIXTURES, 'vxlan.pcap'), join(inner, 'eth0.pcap'));
      execFileSync('tar', ['-C', join(scratch, 'inner'), '-czf', join(bundle, 'node-1', 'logs.tar.gz'), 'deep']);
      writeFileSync(join(bundle, 'any.pcap.gz'), gzipSync(readFileSync(join(FIXTURES, 'any.pcap'))));
      copyFileSync(join(FIXTURES, 'plain.pcap'), join(bundle, 'cut.pcap'));
      truncateSync(join(bundle, 'cut.pcap'), readFileSync(join(FIXTURES, 'plain.pcap')).length - 7);
      writeFileSync(join(bundle, 'notes.txt'), 'nothing\n');
    });

    it('in nested archives, compressed, and cut in the middle', async () => {
      const names = ['node-1/logs.tar.gz!deep/eth0.pcap', 'any.pcap.gz', 'cut.pcap'];
      const out = fresh();
      const written = await writeEvidence(
        [bundle],
        reportOf(...names.map((name) => finding('unreplied-udp', [cite(name, 2)]))),
        out,
      );
      expect(written).toMatchObject({ frames: 3, missing: 0, lines: 0 });
      const second = (name: string): string => readBy(join(FIXTURES, name))[1]!.hex;
      const cut = new Map(
        readBy(join(out, 'frames.pcapng')).map(({ comment, hex }) => [comment.replace(/ frame.*/, ''), hex]),
      );
      expect(cut).toEqual(
        new Map([
          ['node-1/logs.tar.gz!deep/eth0.pcap', second('vxlan.pcap')],
          ['any.pcap.gz', second('any.pcap')],
          ['cut.pcap', second('plain.pcap')],
        ]),
      );
    });

    it('below the names of several inputs', async () => {
      const other = join(FIXTURES, 'plain.pcap');
      const out = fresh();
      const files = ['packed/cut.pcap', 'plain.pcap'];
      await writeEvidence(
        [bundle, other],
        reportOf(
          finding(
            'unreplied-syn',
            files.map((file) => cite(file, 1)),
          ),
        ),
        out,
      );
      expect(
        readBy(join(out, 'frames.pcapng'))
          .map(({ comment }) => comment.split(' ')[0])
          .sort(),
      ).toEqual(files);
    });

    it('says what is not found again', async () => {
      const last = readBy(join(FIXTURES, 'plain.pcap')).length;
      const out = fresh();
      const written = await writeEvidence(
        [bundle],
        reportOf(finding('unreplied-syn', [cite('cut.pcap', 1), cite('cut.pcap', last)])),
        out,
      );
      expect(written).toMatchObject({ frames: 1, missing: 1 });
      expect(readFileSync(join(out, 'README.txt'), 'utf8')).toContain('1 cited packet not found again');
    });

    it('does not take another frame of the same number', async () => {
      const out = fresh();
      const quote = '1999-01-01T00:00:00.000000Z tcp 10.0.0.1.1 > 10.0.0.2.2';
      const written = await writeEvidence(
        [bundle],
        reportOf(finding('unreplied-syn', [cite('cut.pcap', 1, 'seen', quote)])),
        out,
      );
      expect(written).toMatchObject({ frames: 0, missing: 1 });
    });
  });

  it('comes once per frame, with all findings that cite it, one interface per file', async () => {
    const out = fresh();
    const report = reportOf(
      finding('unreplied-syn', [cite('any.pcap', 1, 'SYN'), cite('any.pcap', 1, 'SYN')]),
      finding('tcp-retransmission', [cite('any.pcap', 1, 'first'), cite('any.pcap', 2, 'again')]),
    );
    await writeEvidence([join(FIXTURES, 'any.pcap')], report, out);
    const comments = readBy(join(out, 'frames.pcapng')).map(({ comment }) => comment);
    expect(comments).toEqual([
      'any.pcap frame 1: unreplied-syn (SYN), tcp-retransmission (first)',
      'any.pcap frame 2: tcp-retransmission (again)',
    ]);
    const about = spawnSync('capinfos', [join(out, 'frames.pcapng')], { encoding: 'utf8' });
    expect(about.status).toBe(0);
    expect(about.stdout).toContain('Number of interfaces in file: 1');
    expect(about.stdout).toMatch(/Name = any\s+Description = any in any.pcap/);
  });

  it('is the same for a whole analysis every time, and tshark finds nothing damaged in it', async () => {
    const bundle = 'samples/bundles/000-pod-cidr-mismatch.tar.gz';
    const report = await analyze([bundle]);
    const [one, two] = [fresh(), fresh()];
    const written = await writeEvidence([bundle], report, one);
    await writeEvidence([bundle], report, two);
    expect(written.missing).toBe(0);
    expect(written.files).toEqual(['README.txt', 'frames.pcapng', 'lines.txt'].map((name) => join(one, name)));
    for (const name of readdirSync(one)) expect(readFileSync(join(two, name))).toEqual(readFileSync(join(one, name)));
    const frames = readBy(join(one, 'frames.pcapng'));
    const cited = report.findings.flatMap(({ evidence }) =>
      evidence.flatMap((e) => ('frame' in e ? [`${e.file} frame ${e.frame}`] : [])),
    );
    expect(frames.map(({ comment }) => comment.replace(/:.*/, '')).sort()).toEqual([...new Set(cited)].sort());
    const worst = spawnSync('tshark', ['-n', '-r', join(one, 'frames.pcapng'), '-Y', '_ws.malformed'], {
      encoding: 'utf8',
    });
    expect(worst.stdout).toBe('');
  }, 120_000);
});

describe('lines.txt', () => {
  it('holds the cited lines by file, with their numbers and findings', async () => {
    const out = fresh();
    const at = (file: string, line: number, quote: string, role: string): Evidence => ({ role, file, line, quote });
    const report = reportOf(
      finding('unreplied-syn', [
        at('b/routes', 12, 'default via 10.0.0.1', 'the way out'),
        at('a/\u001b[31mx', 1, 'one', 'x'),
      ]),
      finding('icmp-error', [
        at('b/routes', 2, '10.0.0.0/24 dev eth0', 'on link'),
        at('b/routes', 12, 'default via 10.0.0.1', 'the way out'),
      ]),
    );
    const written = await writeEvidence([FIXTURES], report, out);
    expect(written).toMatchObject({ frames: 0, lines: 3, missing: 0 });
    expect(readdirSync(out).sort()).toEqual(['README.txt', 'lines.txt']);
    expect(readFileSync(join(out, 'lines.txt'), 'utf8').split('\n')).toEqual([
      '== b/routes',
      ' 2: 10.0.0.0/24 dev eth0',
      '    ^ icmp-error (on link)',
      '12: default via 10.0.0.1',
      '    ^ unreplied-syn (the way out), icmp-error (the way out)',
      '',
      '== a/\\x1b[31mx',
      '1: one',
      '   ^ unreplied-syn (x)',
      '',
    ]);
  });
});

describe('the folder', () => {
  it('must be new or empty', async () => {
    const out = fresh();
    mkdirSync(out);
    await writeEvidence([FIXTURES], reportOf(), out);
    await expect(writeEvidence([FIXTURES], reportOf(), out)).rejects.toThrow('is not empty');
    await expect(writeEvidence([FIXTURES], reportOf(), join(out, 'README.txt'))).rejects.toThrow('is no folder');
  });

  it('is not made for what can be read only once', async () => {
    const out = fresh();
    await expect(writeEvidence(['-'], reportOf(), out)).rejects.toThrow('standard input can be read only once');
    expect(readdirSync(scratch)).not.toContain(out.slice(scratch.length + 1));
  });
});
