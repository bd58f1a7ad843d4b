import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { credentialsFor } from '../../src/ticket/credentials.js';
import { placeOf } from '../../src/ticket/place.js';
import { isPrivateHost } from '../../src/ticket/privacy.js';

/** Which ticket a URL means, who may see what, and where a token comes from. */

describe('a URL', () => {
  it.each([
    [
      'https://tickets.acme.example/redmine/issues/12',
      { system: 'redmine', base: 'https://tickets.acme.example/redmine', ticket: '12' },
    ],
    [
      'https://rt.acme.example/Ticket/Display.html?id=7',
      { system: 'request-tracker', base: 'https://rt.acme.example', ticket: '7' },
    ],
    ['https://jira.acme.example/browse/NET-3', { system: 'jira', base: 'https://jira.acme.example', ticket: 'NET-3' }],
    [
      'https://acme.atlassian.net/browse/NET-3',
      { system: 'jira-cloud', base: 'https://acme.atlassian.net', ticket: 'NET-3' },
    ],
    [
      'https://github.com/flannel-io/flannel/issues/1',
      { system: 'github', base: 'https://api.github.com', project: 'flannel-io/flannel', ticket: '1' },
    ],
    [
      'https://gitlab.com/a/b/c/-/issues/5',
      { system: 'gitlab', base: 'https://gitlab.com/api/v4', project: 'a/b/c', ticket: '5', kind: 'issues' },
    ],
    [
      'https://gitlab.com/a/b/-/merge_requests/5#note_1',
      { system: 'gitlab', base: 'https://gitlab.com/api/v4', project: 'a/b', ticket: '5', kind: 'merge_requests' },
    ],
  ])('%s', (url, place) => {
    expect(placeOf(url)).toEqual(place);
  });

  it('of GitHub Enterprise needs the name of the system', () => {
    expect(placeOf('https://git.acme.example/o/r/issues/9', 'github')).toMatchObject({
      base: 'https://git.acme.example/api/v3',
      project: 'o/r',
    });
  });

  it.each(['tickets/1', 'ftp://h/issues/1', 'https://h/', 'https://github.com/o/r', 'https://h/browse/../issues/x'])(
    '%s is none',
    (url) => {
      expect(() => placeOf(url)).toThrow(/--to/);
    },
  );

  it('must not hold credentials', () => {
    expect(() => placeOf('https://jo:secret@h/issues/1')).toThrow(/must not hold a user or a password/);
  });
});

describe('a private host', () => {
  const resolving =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address }));
  it.each([
    ['h', resolving('10.1.2.3'), true],
    ['h', resolving('192.168.1.1', 'fd00::1'), true],
    ['h', resolving('::1'), true],
    ['h', resolving('::ffff:10.0.0.1'), true],
    ['h', resolving('10.1.2.3', '203.0.113.7'), false],
    ['h', resolving('2001:db8::1'), false],
    ['h', resolving(), false],
    ['printer.local', resolving('203.0.113.7'), true],
    ['notlocal', resolving('203.0.113.7'), false],
  ] as const)('%s %#', async (name, resolve, expected) => {
    expect(await isPrivateHost(name, resolve)).toBe(expected);
  });

  it('that has no address is not private', async () => {
    expect(await isPrivateHost('h', async () => Promise.reject(new Error('ENOTFOUND')))).toBe(false);
  });
});

describe('a token', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'podtrail-token-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const file = (text: string, mode = 0o600): string => {
    const path = join(scratch, String(Math.random()));
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  it('comes from the environment, podtrail\u2019s own name first', () => {
    expect(credentialsFor('redmine', undefined, { REDMINE_API_KEY: 'a', PODTRAIL_TICKET_TOKEN: 'b' }).token).toBe('b');
    expect(credentialsFor('gitlab', undefined, { GITLAB_TOKEN: 'c' }).token).toBe('c');
    expect(() => credentialsFor('gitlab', undefined, { GITHUB_TOKEN: 'c' })).toThrow(/no token for gitlab/);
  });

  it('comes from a file', () => {
    expect(credentialsFor('redmine', file('abc\n'), {}).token).toBe('abc');
    expect(credentialsFor('jira-cloud', file('# mine\nuser = jo@x\ntoken= abc=\n'), {})).toEqual({
      token: 'abc=',
      user: 'jo@x',
    });
  });

  it('does not come from a file that everybody may read, and is not shown when it is odd', () => {
    expect(() => credentialsFor('redmine', file('abc', 0o644), {})).toThrow(/chmod 600/);
    const odd = 'abc\u0007def';
    expect(() => credentialsFor('redmine', undefined, { REDMINE_API_KEY: odd })).toThrow(/other characters/);
    expect(() => credentialsFor('redmine', undefined, { REDMINE_API_KEY: odd })).not.toThrow(/abc/);
  });
});
