import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Report } from '../../src/analyze.js';
import { bundle, freshFolder, sharedServer } from './served.js';

/** Downloads for those who are not of the house. */

const shared = sharedServer();
const NAME = '101-forward-drop-a.tar.xz';
/** What is called so in the bundle, and its own name. */
const SITE = /10\.200\.[12]\.|edge-[0-9]|172\.21\.9|acme/;

it('gives every download redacted as well, with no name or address of the site in it', async () => {
  const server = shared();
  const answer = await server.post([['acme-4711.tar.xz', readFileSync(bundle(NAME))]]);
  const { id } = (await answer.json()) as { id: string };
  await server.finished(id);
  const page = await (await server.get(`/analyses/${id}`)).text();
  for (const file of ['report.html', 'report.md', 'report.json', 'evidence.tar.gz']) {
    expect(page).toContain(`href="/analyses/${id}/${file}?redact=1"`);
    const download = await server.get(`/analyses/${id}/${file}?redact=1`);
    expect(download.status, file).toBe(200);
    expect(download.headers.get('content-disposition')).not.toMatch(SITE);
    const bytes = Buffer.from(await download.arrayBuffer());
    if (file !== 'evidence.tar.gz') {
      expect(bytes.toString()).toContain('forward-drop');
      expect(bytes.toString(), file).not.toMatch(SITE);
      const plain = await (await server.get(`/analyses/${id}/${file}?redact=0`)).text();
      expect(plain).toMatch(SITE);
      expect(plain).toBe(await (await server.get(`/analyses/${id}/${file}`)).text());
      continue;
    }
    const folder = join(freshFolder(), 'x');
    mkdirSync(folder);
    execFileSync('tar', ['xzf', '-', '-C', folder], { input: bytes });
    expect(readdirSync(folder).sort()).toEqual(['README.txt', 'frames.pcapng', 'lines.txt']);
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'latin1');
      expect(text, name).not.toMatch(SITE);
      for (const address of [
        [10, 200, 1, 7],
        [10, 200, 2, 9],
        [172, 21, 9, 13],
      ])
        expect(text.includes(String.fromCharCode(...address)), `${address.join('.')} in ${name}`).toBe(false);
    }
  }
  const printed = execFileSync(
    process.execPath,
    ['dist/cli/main.js', 'analyze', bundle(NAME), '-f', 'json', '--redact'],
    { encoding: 'utf8', maxBuffer: 64e6 },
  );
  const told = (await (await server.get(`/analyses/${id}/report.json?redact=1`)).json()) as Report;
  expect(told).toEqual(JSON.parse(printed));
});

it('does not take a slip of the pen for a wish to see real names', async () => {
  const server = shared();
  const answer = await server.post([[NAME, readFileSync(bundle(NAME))]]);
  const { id } = (await answer.json()) as { id: string };
  await server.finished(id);
  for (const query of ['redact=true', 'redact', 'redact=', 'redacted=1', 'Redact=1', 'redact=1&redact=0'])
    expect((await server.get(`/analyses/${id}/report.md?${query}`)).status, query).toBe(400);
  const page = await (await server.get(`/analyses/${id}/report.md?redact=x`)).text();
  expect(page).toContain('<p>redact is 0 or 1.</p>');
});
