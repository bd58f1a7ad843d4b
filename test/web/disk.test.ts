import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, freshFolder } from './served.js';

// A small disk is mounted in a namespace of its own, so this needs root: `npm test` says when it leaves it out.
describe('a disk without room', () => {
  it('is said with 507, and neither leaves anything nor ends the server', async () => {
    const dir = freshFolder();
    const main = resolve('dist/cli/main.js');
    const child = spawn(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        `mount -t tmpfs -o size=3m none "$1" && exec "$2" "$3" serve --port 0 --data-dir "$1" --jobs 1`,
        'sh',
        dir,
        process.execPath,
        main,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      const url = await new Promise<string>((done, fail) => {
        let said = '';
        child.stderr.on('data', (data: Buffer) => {
          said += data.toString();
          const [, found] = /listening on (http:\S+?)\/ /.exec(said) ?? [];
          if (found !== undefined) done(found);
        });
        child.once('exit', (code) => fail(new Error(`ended with ${code}: ${said}`)));
      });
      const post = (content: Buffer) => {
        const body = new FormData();
        body.append('bundle', new Blob([Buffer.from(content)]), 'a.zip');
        return fetch(`${url}/api/analyses`, { method: 'POST', body });
      };
      const refused = await post(randomBytes(8_000_000));
      expect(refused.status).toBe(507);
      expect(((await refused.json()) as { error: string }).error).toMatch(/disk of this server is full/);
      expect(await (await fetch(`${url}/api/analyses`)).json()).toEqual({ analyses: [], total: 0 });

      const taken = await post(readFileSync(bundle('004-missing-pod-route.zip')));
      expect(taken.status).toBe(202);
      const { id } = (await taken.json()) as { id: string };
      await expect
        .poll(async () => ((await (await fetch(`${url}/api/analyses/${id}`)).json()) as { state: string }).state, {
          timeout: 120_000,
        })
        .toBe('done');
    } finally {
      child.kill('SIGTERM');
    }
  });
});
