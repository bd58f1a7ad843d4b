import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownName, storedName } from '../../src/web/store/file-name.js';

describe('the name of an upload', () => {
  it.each([
    ['bundle-2026.tar.gz', 'bundle-2026.tar.gz'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\ticket 12.zip', 'ticket_12.zip'],
    ['..', 'bundle'],
    ['.bashrc', 'bashrc'],
    ['', 'bundle'],
    ['/', 'bundle'],
    ['node-1\0.pcap', 'node-1_.pcap'],
    ['-rf.tar', '-rf.tar'],
    ['<img src=x onerror=alert(1)>.tar', 'img_src_x_onerror_alert_1_.tar'],
    ['Netzwerkprüfung-Köln.tar.xz', 'Netzwerkprüfung-Köln.tar.xz'],
    ['网络不通.tar.gz', '网络不通.tar.gz'],
    ['a\u202egnp.exe', 'a_gnp.exe'],
    ['sos.tar.gz ', 'sos.tar.gz_'],
  ])('%j is stored as %j', (name, stored) => {
    expect(storedName(name).replace(/^_/, '')).toBe(stored);
  });

  it('keeps its suffix when it is cut', () => {
    const stored = storedName(`${'n'.repeat(500)}.tar.gz`);
    expect(stored).toHaveLength(120);
    expect(stored).toMatch(/n\.tar\.gz$/);
  });

  it('is never a path, hidden, or longer than a file system takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const stored = storedName(name);
        expect(stored).toMatch(/^[\p{L}\p{M}\p{N}_-][\p{L}\p{M}\p{N}._-]*$/u);
        expect([...stored].length).toBeLessThanOrEqual(120);
        expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(240);
        expect(storedName(stored)).toBe(stored);
      }),
    );
  });

  it('is shown as it was sent, but for what would deceive', () => {
    expect(shownName('ticket 12 <b>.zip')).toBe('ticket 12 <b>.zip');
    expect(shownName('a\u202egnp.exe')).toBe('a\\u202egnp.exe');
    expect([...shownName('é'.repeat(5000))].length).toBeLessThanOrEqual(200);
  });
});
