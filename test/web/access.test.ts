import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { foreign, isLoopback, namesThisMachine } from '../../src/web/access/origin.js';
import { holderOf } from '../../src/web/access/tries.js';
import { localPath } from '../../src/web/pages/login.js';
import { bundle, freshFolder, type Housed, sharedServer } from './served.js';

const TOKEN = 'correct-horse-battery-staple';
const GOOD = readFileSync(bundle('004-missing-pod-route.zip'));

/** A request whose every header is ours; fetch does not let all be set. */
function raw(server: Housed, method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }>(
    (done, fail) => {
      const sent = request(server.url + path, { method, headers, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (data: string) => {
          text += data;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      sent.on('error', fail);
      sent.end(body);
    },
  );
}

describe('a request from another site', () => {
  const shared = sharedServer();

  it.each([
    ['Origin', { origin: 'https://evil.example' }],
    ['an Origin without a host', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }],
  ])('told by %s changes nothing', async (_by, headers: Record<string, string>) => {
    const server = shared();
    for (const path of ['/api/analyses', '/analyses']) {
      const answer = await server.post([['a.zip', GOOD]], headers, path);
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('another site');
    }
    const removal = await raw(server, 'DELETE', `/api/analyses/${'0'.repeat(32)}`, headers);
    expect(removal.status).toBe(403);
    expect(await server.list()).toEqual([]);
  });

  it('is not what scripts and our own pages send', async () => {
    const server = shared();
    const { host, origin } = new URL(server.url);
    for (const headers of [{}, { origin }, { origin, 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
      const answer = await raw(server, 'DELETE', `/api/analyses/${'0'.repeat(32)}`, { host, ...headers } as Record<
        string,
        string
      >);
      expect(answer.status).toBe(404);
    }
  });

  it('may not read by a name that it made its own (DNS rebinding)', async () => {
    const server = shared();
    expect((await raw(server, 'GET', '/api/analyses', { host: 'rebound.example:8080' })).status).toBe(403);
    expect((await raw(server, 'GET', '/', { host: 'localhost' })).status).toBe(200);
    expect((await raw(server, 'GET', '/', { host: '[::1]:8080' })).status).toBe(200);
  });

  it('is told by what the headers say', () => {
    const host = 'podtrail.example:8443';
    expect(foreign({ host, origin: 'https://podtrail.example:8443' })).toBeUndefined();
    expect(foreign({ host: 'podtrail.example', origin: 'https://podtrail.example' })).toBeUndefined();
    expect(foreign({ host, origin: 'https://podtrail.example' })).toContain('podtrail.example');
    expect(foreign({ host, origin: 'nonsense' })).toContain('nonsense');
    expect(foreign({ origin: 'http://a' })).toContain('http://a');
    expect(isLoopback('127.8.9.1') && isLoopback('::1') && isLoopback('localhost')).toBe(true);
    expect(isLoopback('0.0.0.0') || isLoopback('::') || isLoopback('127.evil.example') || isLoopback('10.0.0.1')).toBe(
      false,
    );
    expect(namesThisMachine(undefined) || namesThisMachine('localhost.evil.example')).toBe(false);
  });
});

describe('every answer', () => {
  const shared = sharedServer();

  it.each([
    '/',
    '/api/analyses',
    '/api/openapi.json',
    '/healthz',
    '/login',
    '/assets/page.css',
    '/nothing',
    '/api/nothing',
  ])('%s says what a browser may do with it', async (path) => {
    const { headers } = await shared().get(path);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('to a path trick is that there is no such thing', async () => {
    const server = shared();
    for (const path of [
      '/analyses/..%2f..%2fetc%2fpasswd',
      '/analyses/%2e%2e/report.json',
      '/api/analyses/..%2f.cookie-key',
      `/analyses/${'0'.repeat(32)}%2f..%2f.lock/report.json`,
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/main.js',
      '/analyses/%00',
      '/analyses/%ff',
      '/api/analyses/__proto__',
      '/api/analyses/constructor',
    ]) {
      const { status, text } = await raw(server, 'GET', path);
      expect([400, 404], path).toContain(status);
      expect(text).not.toContain('root:');
    }
  });
});

describe('a token', () => {
  const shared = sharedServer('--token', TOKEN);

  it('is asked for everywhere but where nothing is to be seen', async () => {
    const server = shared();
    expect((await server.get('/healthz')).status).toBe(200);
    for (const path of ['/api/analyses', '/api/events', '/', `/analyses/${'0'.repeat(32)}`, '/nothing'])
      expect((await server.get(path)).status, path).toBe(401);
    const refused = await server.post([['a.zip', GOOD]]);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(((await refused.json()) as { error: string }).error).toBe('A token is needed.');
    const right = { authorization: `Bearer ${TOKEN}` };
    expect((await server.get('/api/analyses', right)).status).toBe(200);
    expect((await server.get('/api/analyses', { authorization: `bearer ${TOKEN}` })).status).toBe(200);
    expect((await raw(server, 'GET', '/', { ...right, host: 'podtrail.example' })).status).toBe(200);
  });

  it('given in the form becomes a cookie that scripts cannot read and other sites cannot send', async () => {
    const server = shared();
    const page = await (await server.get('/?q=a%22b')).text();
    expect(page).toContain('name="token"');
    expect(page).toContain('value="/?q=a%22b"');
    const log = (token: string, next: string) =>
      fetch(`${server.url}/login`, {
        method: 'POST',
        body: new URLSearchParams({ token, next }),
        redirect: 'manual',
      });
    const wrong = await log('wrong', '/');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('set-cookie')).toBeNull();
    const answer = await log(TOKEN, '/?q=x');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/?q=x');
    const cookie = answer.headers.get('set-cookie')!;
    expect(cookie).toMatch(/^podtrail=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const [value] = cookie.split(';');
    expect((await server.get('/', { cookie: value! })).status).toBe(200);
    expect((await server.get('/', { cookie: `other=1; ${value}` })).status).toBe(200);
    expect((await server.get('/', { cookie: `podtrail=${'0'.repeat(64)}` })).status).toBe(401);
    expect((await log(TOKEN, '//evil.example')).headers.get('location')).toBe('/');
    const out = await fetch(`${server.url}/logout`, { method: 'POST', redirect: 'manual' });
    expect(out.headers.get('set-cookie')).toMatch(/^podtrail=; .*Max-Age=0/);
  });

  it('in a cookie does not come along after a link on another site: the page loads itself again, once', async () => {
    const server = shared();
    const linked = await raw(server, 'GET', '/analyses/x', { 'sec-fetch-site': 'cross-site' });
    expect(linked.status).toBe(401);
    expect(linked.text).toContain('<meta http-equiv="refresh" content="0; url=/analyses/x">');
    const again = await raw(server, 'GET', '/analyses/x', { 'sec-fetch-site': 'same-origin' });
    expect(again.text).toContain('name="token"');
    expect(again.text).not.toContain('http-equiv="refresh"');
  });

  it('cannot be guessed fast, and whoever has it is not slowed', async () => {
    const server = shared();
    const guess = async (n: number) => {
      const started = Date.now();
      const { status } = await server.get('/api/analyses', { authorization: `Bearer guess-${n}` });
      return { status, ms: Date.now() - started };
    };
    let slowest = 0;
    for (let n = 0; n < 6; n++) slowest = Math.max(slowest, (await guess(n)).ms);
    expect(slowest).toBeGreaterThanOrEqual(900);
    const many = Promise.all(Array.from({ length: 20 }, (_, n) => guess(n)));
    await new Promise((done) => setTimeout(done, 100));
    const refused = await server.get('/api/analyses', { authorization: 'Bearer guess' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const statuses = (await many).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(14);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
    const started = Date.now();
    expect((await server.get('/api/analyses', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect(Date.now() - started).toBeLessThan(900);
  });

  it('is needed where others can reach the server', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['dist/cli/main.js', 'serve', '--host', '0.0.0.0', '--port', '0', '--data-dir', freshFolder()],
      { encoding: 'utf8' },
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/0\.0\.0\.0 can be reached from other machines, so --token is needed/);
    const help = execFileSync(process.execPath, ['dist/cli/main.js', 'serve', '--help'], { encoding: 'utf8' });
    expect(help).toContain('PODTRAIL_TOKEN');
  });

  it('is guessed by one who has a whole network of addresses as by one who has one', () => {
    expect(holderOf('192.0.2.7')).toBe('192.0.2.7');
    expect(holderOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
    expect(holderOf('2001:db8::1')).toBe(holderOf('2001:db8::2:3'));
    expect(holderOf('2001:db8:0:1::')).toBe('2001:db8:0:1');
    expect(holderOf('::1')).toBe('0:0:0:0');
    expect(holderOf('::ffff:192.0.2.7')).toBe('::ffff:192.0.2.7');
  });

  it('sends back only to this server', () => {
    expect(localPath('/analyses/x?q=1')).toBe('/analyses/x?q=1');
    for (const away of ['//evil', '/\\evil', 'https://evil', 'evil', '/\t/evil', '/ x', undefined])
      expect(localPath(away)).toBe('/');
  });
});
