import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { bundle, freshFolder, serve } from './served.js';

const UPLOADS = 50;
/** Megabytes that the server may grow by while it takes in some 300 MB and hands out 50 analyses. */
const GROWTH = 150;

/** Small samples, each with the truth about it beside it. */
const SAMPLES = [
  '004-missing-pod-route.zip',
  '101-forward-drop-a.tar.xz',
  '102-overlay-port-blocked-a.tar.zst',
  '131-cni-config-missing-b.tar.gz',
];

const truth = (name: string): string | null =>
  JSON.parse(readFileSync(bundle(name.replace(/\.(?:zip|tar.*)$/, '.expected.json')), 'utf8')).cause;

/** An archive whose members lead out of it. */
function climbing(): Buffer {
  const dir = freshFolder();
  mkdirSync(join(dir, 'in'));
  writeFileSync(join(dir, 'in', 'x'), 'root::0:0::/:/bin/sh\n');
  symlinkSync('/etc/passwd', join(dir, 'in', 'passwd'));
  return execFileSync('tar', [
    'cf',
    '-',
    '-C',
    dir,
    '--transform',
    's,^in/x,../../../tmp/podtrail-climbed,',
    'in/x',
    'in/passwd',
  ]);
}

/** What is broken or hostile: by its name, its size or its content. */
function bad(): (readonly [string, Buffer])[] {
  const zip = readFileSync(bundle(SAMPLES[0]!));
  const noise = randomBytes(60_000_000);
  return [
    ['empty.tar', Buffer.alloc(0)],
    ['cut.zip', zip.subarray(0, 3000)],
    ['noise.bin', noise],
    ['noise-2.tar.gz', noise],
    ['<img src=x onerror=alert(1)>.pcap', noise],
    ['../../../etc/cron.d/x', Buffer.from('\0\0\0')],
    ['bomb.gz', gzipSync(Buffer.alloc(290_000_000))],
    ['climbing.tar', climbing()],
    [
      'frames-of-4-GB.pcap',
      Buffer.concat([Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'), Buffer.alloc(64, 0xff)]),
    ],
    ['a\u202egpj.exe', noise.subarray(0, 5000)],
  ];
}

it('takes fifty bundles at once, loses none when a worker is killed, and stays small', {
  timeout: 600_000,
}, async () => {
  const broken = bad();
  const sent = Array.from({ length: UPLOADS }, (_, i) => {
    if (i % 5 === 4) return { name: broken[(i - 4) / 5]![0], content: broken[(i - 4) / 5]![1], cause: undefined };
    const name = SAMPLES[i % SAMPLES.length]!;
    return { name, content: readFileSync(bundle(name)), cause: truth(name) };
  });

  const server = await serve('--jobs', '2');
  await server.list();
  const [before] = [server.residentMb()];
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, server.residentMb());
  }, 200);

  const answers = await Promise.all(sent.map(({ name, content }) => server.post([[name, content]])));
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id?: string }).id));
  // What is empty was refused at once; everything else has an id.
  expect(answers.filter(({ status }) => status !== 202).length).toBe(1);

  const over = async (): Promise<number> =>
    (await server.list()).filter(({ state }) => state === 'done' || state === 'failed').length;
  await expect.poll(over, { timeout: 300_000, interval: 500 }).toBeGreaterThanOrEqual(8);
  process.kill(server.workers()[0]!, 'SIGKILL');
  await expect.poll(over, { timeout: 500_000, interval: 1000 }).toBe(UPLOADS - 1);
  clearInterval(watch);
  expect(server.said).toContain('SIGKILL');

  for (const [i, { name, cause }] of sent.entries()) {
    const id = ids[i];
    if (id === undefined) {
      expect(name).toBe('empty.tar');
      continue;
    }
    const analysis = await server.summary(id);
    if (cause !== undefined) {
      expect(analysis, name).toMatchObject({ state: 'done', name, verdict: { cause } });
      expect((analysis.report as Report).verdict.cause).toBe(cause);
    } else if (analysis.state === 'failed') expect(analysis.failure?.reason, name).toMatch(/\w/);
    else expect((analysis.report as Report).notRead.length, `${name} says what could not be read`).toBeGreaterThan(0);
    expect(existsSync(join(server.dir, id, 'upload'))).toBe(false);
  }
  expect(
    readdirSync(server.dir)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(ids.filter((id) => id !== undefined).sort());
  expect(existsSync('/tmp/podtrail-climbed')).toBe(false);
  const page = await (await server.get('/')).text();
  expect(page).not.toContain('<img');
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;.pcap');
  expect(most - before).toBeLessThan(GROWTH);
});
