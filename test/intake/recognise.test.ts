import { describe, expect, it } from 'vitest';
import { type Content, recognise } from '../../src/intake/recognise.js';
import { shell, workFolder } from './harness.js';

const folder = workFolder();
const latin = (text: string) => Buffer.from(text, 'latin1');
const kind = (bytes: Uint8Array): Content['kind'] => recognise(bytes).kind;

describe('recognise', () => {
  it.each([
    ['\xd4\xc3\xb2\xa1\x02\0\x04\0', 'pcap'],
    ['\xa1\xb2\xc3\xd4\0\x02\0\x04', 'pcap'],
    ['\x4d\x3c\xb2\xa1\x02\0\x04\0', 'pcap'],
    ['\xa1\xb2\x3c\x4d\0\x02\0\x04', 'pcap'],
    ['\x34\xcd\xb2\xa1\x02\0\x04\0', 'pcap'],
    ['\xa1\xb2\xcd\x34\0\x02\0\x04', 'pcap'],
    ['\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a', 'pcapng'],
    ['\n\r\r\n\0\0\0\x1c\x1a\x2b\x3c\x4d', 'pcapng'],
    ['\n\r\r\nplain text', 'text'],
    ['', 'empty'],
    ['\n', 'text'],
    ['x', 'text'],
  ] as const)('%j is %s', (text, expected) => {
    expect(kind(latin(text))).toBe(expected);
  });

  it.each([
    ['LPKSHHRH\0\0\0\0', /journal/],
    ['\x7fELF\x02\x01\x01\0', /ELF/],
    ['SQLite format 3\0', /SQLite/],
    ['\x89PNG\r\n\x1a\n', /PNG/],
    ['7z\xbc\xaf\x27\x1c\0\x04', /7z/],
    ['Rar!\x1a\x07\x01\0', /RAR/],
    ['\0'.repeat(600), /zero bytes/],
    [Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''), /unknown format/],
  ])('%j is binary, and why', (text, why) => {
    const content = recognise(latin(text));
    expect(content.kind).toBe('binary');
    expect(content.kind === 'binary' && content.reason).toMatch(why);
  });

  it('text in many shapes', () => {
    expect(kind(Buffer.from('\ufeffdefault via 10.0.0.1', 'utf16le'))).toBe('text');
    expect(kind(Buffer.from('default via 10.0.0.1 dev eth0\r\n', 'utf16le'))).toBe('text');
    expect(kind(Buffer.from('default via 10.0.0.1 dev eth0\r\n', 'utf16le').swap16())).toBe('text');
    expect(kind(Buffer.from('节点之间的 Pod 无法通信\n'.repeat(300)).subarray(0, 4096))).toBe('text');
    expect(kind(latin('Aug 18 node kernel: caf\xe9 \xff\xfe\xfd binary bytes in a message\n'))).toBe('text');
    expect(kind(latin(`${'log line\n'.repeat(50)}${'\0'.repeat(2000)}${'log line\n'.repeat(50)}`))).toBe('text');
    expect(kind(latin('/usr/bin/flanneld\0--iface=eth0\0--ip-masq\0'))).toBe('text');
    expect(kind(latin('\x1b[32mgreen\x1b[0m \x07\n'))).toBe('text');
    expect(kind(latin('MZ is how this sentence begins\n'))).toBe('text');
    expect(kind(latin('BZh is how this one does\n'))).toBe('text');
  });

  it('what tools make', () => {
    const made: readonly (readonly [string, Content['kind']])[] = [
      ['echo x | gzip', 'gzip'],
      ['echo x | xz', 'xz'],
      ['echo x | zstd', 'zstd'],
      ['echo x | bzip2', 'bzip2'],
      ['printf "" | bzip2', 'bzip2'],
      ['echo x > f; zip -q - f', 'zip'],
      ['echo x > f; tar c f', 'tar'],
      ['echo x > f; tar c --format=v7 f', 'tar'],
      ['head -c 4096 /bin/bash', 'binary'],
      ['head -c 4096 /dev/urandom', 'binary'],
    ];
    for (const [command, expected] of made)
      expect([command, kind(shell(folder, command).subarray(0, 4096))]).toEqual([command, expected]);
  });
});
