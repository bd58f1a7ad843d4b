import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { prose, rendered } from '../report/rendered-markdown.js';
import { SAMPLES, type Sample } from '../samples/sample.js';
import { podtrail } from './suite.js';
import { gitlabOf, type Note } from './vendors/gitlab.js';
import { type Served, serveVendor } from './vendors/vendor-server.js';

/** What a ticket's reader is told is what `podtrail analyze` said: in the comment, in the report beside it, and in the evidence. */

const TOKEN = 'glpat-0123456789abcdefghij';
const PATIENCE = 300_000;

/** The five incidents, and healthy clusters of two kinds. */
const TOLD = SAMPLES.filter(({ name }) => /^(?:00[0-4]|01[01])-/.test(name));

describe('the verdict at a ticket', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'podtrail-verdict-'));
  const tickets = new Map<string, Note[]>(TOLD.map((_, n) => [`issues/${n + 1}`, []]));
  const uploads = new Map<string, Uint8Array>();
  let served: Served;
  beforeAll(async () => {
    served = await serveVendor(gitlabOf(TOKEN, tickets, uploads));
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await served?.stop();
  });

  const run = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await podtrail(args, { PODTRAIL_TICKET_TOKEN: TOKEN });
    expect(status, stderr).toBe(0);
    return stdout;
  };

  it('is asked of the incidents and of healthy clusters', () => {
    expect(TOLD.filter(({ expected }) => expected.cause !== null).length).toBeGreaterThanOrEqual(5);
    expect(TOLD.filter(({ expected }) => expected.cause === null).length).toBeGreaterThanOrEqual(2);
  });

  it.each(TOLD.map((sample, n) => [sample.name, sample, n] as const))(
    'is that of the analysis: %s',
    async (name: string, { archive, expected }: Sample, n: number) => {
      const folder = join(scratch, name);
      mkdirSync(folder);
      const at = (file: string): string => join(folder, file);
      await run('analyze', archive, '-q', '-f', 'json', '-o', at('report.json'), '--evidence', at('evidence'));
      await run('analyze', archive, '-q', '-f', 'html', '-o', at('report.html'));
      const report = JSON.parse(readFileSync(at('report.json'), 'utf8')) as Report;
      expect(report.verdict.cause).toBe(expected.cause);
      const { state, cause, confidence, summary } = report.verdict;

      uploads.clear();
      const to = `${served.url}/acme/net/cluster/-/issues/${n + 1}`;
      await run('ticket', 'attach', at('report.json'), '--evidence', at('evidence'), '--to', to);

      const [note] = tickets.get(`issues/${n + 1}`)!;
      const html = rendered(note!.body);
      expect(html).toContain(`<h3>podtrail: ${cause === null ? state : `${state}, ${cause} (${confidence})`}</h3>`);
      expect(prose(html)).toContain(summary);
      // Without a fault nothing is to be repaired.
      expect(prose(html).includes('Remedy:')).toBe(cause !== null);

      const attached = (wanted: RegExp): Uint8Array => {
        const found = [...uploads].filter(([file]) => wanted.test(file));
        expect(found.map(([file]) => file)).toHaveLength(1);
        return found[0]![1];
      };
      const page = Buffer.from(attached(/^podtrail-report-[0-9a-f]{8}\.html$/));
      expect(page.equals(readFileSync(at('report.html')))).toBe(true);
      const evidence = readdirSync(at('evidence'));
      for (const file of evidence) {
        const [, stem, ending] = /^(.*)(\.\w+)$/.exec(file)!;
        const there = Buffer.from(attached(new RegExp(`^${stem}-[0-9a-f]{8}\\${ending}$`)));
        expect(there.equals(readFileSync(at(join('evidence', file)))), file).toBe(true);
      }
      expect(uploads.size).toBe(evidence.length + 1);
      if (cause !== null)
        expect(evidence.some((file) => readFileSync(at(join('evidence', file)), 'latin1').includes(cause))).toBe(true);
      expect(served.violations).toEqual([]);
    },
    PATIENCE,
  );
});
