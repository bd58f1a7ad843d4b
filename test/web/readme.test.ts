import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { serve } from './served.js';

/** The commands of the README's section about the upload page. */
const [, section] = /\n## A page to upload to\n(.*?)\n## /s.exec(readFileSync('README.md', 'utf8'))!;
const blocks = [...section!.matchAll(/```sh\n(.*?)```/gs)].map(([, commands]) => commands!);

it("the README's requests do what it says", async () => {
  const token = 'a-token-of-this-test';
  const server = await serve('--token', token);
  const requests = blocks.find((block) => block.includes('curl'))!.replaceAll('http://127.0.0.1:8080', server.url);
  const said = execFileSync('bash', ['-euo', 'pipefail', '-c', requests], {
    env: { ...process.env, PODTRAIL_TOKEN: token },
    encoding: 'utf8',
  });
  expect(said).toMatch(/"state":"done"/);
  expect(said).toMatch(/"cause": "forward-drop"/);
  const left = await server.get('/api/analyses', { authorization: `Bearer ${token}` });
  expect(await left.json()).toEqual({ analyses: [], total: 0 });
});

it("the README's options exist", () => {
  const help = execFileSync(process.execPath, ['dist/cli/main.js', 'serve', '--help'], { encoding: 'utf8' });
  const options = new Set(section!.match(/(?<=[ `(])--[a-z-]+/g));
  expect(options.size).toBeGreaterThan(6);
  for (const option of options) expect(help).toContain(option);
});
