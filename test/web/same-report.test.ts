import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { analyze, type Report } from '../../src/analyze.js';
import { renderAs } from '../../src/report/formats.js';
import { freshFolder, sharedServer } from './served.js';

/** The same bundle gives the same report, byte for byte, whichever way it comes in: analyze, batch, or the upload page. */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 });

const FOLDER = 'samples/bundles';
const SAMPLES = readdirSync(FOLDER).filter((name) => !name.endsWith('.expected.json'));
/** Through the command itself: the five incidents and two healthy clusters. */
const BY_COMMAND = SAMPLES.filter((name) => /^(?:00[0-4]|01[01])-/.test(name));
const MAIN = 'dist/cli/main.js';

const shared = sharedServer('--jobs', '1');

describe('every sample', () => {
  const batched = new Map<string, string>();
  const served = new Map<string, string>();

  const batch = async (): Promise<void> => {
    const out = freshFolder();
    await promisify(execFile)(process.execPath, [MAIN, 'batch', FOLDER, '-o', out, '--jobs', '2', '-q']);
    const rows = readFileSync(join(out, 'index.jsonl'), 'utf8').trimEnd().split('\n');
    for (const row of rows) {
      const { file, name } = JSON.parse(row) as { file: string; name: string };
      batched.set(file.replace(/^.*\//, ''), readFileSync(join(out, `${name}.json`), 'utf8'));
    }
  };
  const upload = async (): Promise<void> => {
    const server = shared();
    const answer = await server.post(SAMPLES.map((name) => [name, readFileSync(join(FOLDER, name))] as const));
    expect(answer.status).toBe(202);
    const { ids } = (await answer.json()) as { ids: string[] };
    for (const [i, id] of ids.entries()) {
      // `finished` is for tests; this is before them.
      while (!/done|failed/.test((await server.list()).find((one) => one.id === id)!.state))
        await new Promise((later) => setTimeout(later, 500));
      served.set(SAMPLES[i]!, await (await server.get(`/analyses/${id}/report.json`)).text());
    }
  };
  beforeAll(async () => {
    await Promise.all([batch(), upload()]);
  });

  it.each(SAMPLES)('%s', async (name) => {
    const report = renderAs('json', await analyze([join(FOLDER, name)]));
    const parsed = (text: string | undefined): Report => JSON.parse(text ?? '{}') as Report;
    expect(parsed(batched.get(name)), 'from batch').toEqual(parsed(report));
    expect(parsed(served.get(name)), 'from serve').toEqual(parsed(report));
    expect([batched.get(name), served.get(name)]).toEqual([report, report]);
  });

  it.each(BY_COMMAND)('%s, by the command', (name) => {
    const printed = execFileSync(process.execPath, [MAIN, 'analyze', join(FOLDER, name), '-f', 'json', '-q'], {
      encoding: 'utf8',
      maxBuffer: 64e6,
    });
    expect(batched.get(name)).toBe(printed);
  });
});
