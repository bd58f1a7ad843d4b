import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { collect, plant, reasons, shell, workFolder } from './harness.js';

const folder = workFolder();
const lines = (n: number, word: string) => Array.from({ length: n }, (_, i) => `${word} ${i}\n`).join('');
const FILES = {
  'node1/ip_route.txt': 'default via 192.168.0.1 dev eth0\n',
  'node1/dmesg': lines(20_000, '[12345.678901] IN=eth0 OUT='),
  'node1/empty': '',
  'node2/kern.log': lines(3000, 'Aug 18 node2 kernel:'),
  'node2/tab\tand\u001b[31mred': 'name\n',
};
plant(join(folder, 'tree'), FILES);
/** What any archive of the folder `tree` must give. */
const WANTED = new Map(Object.entries(FILES).map(([path, text]) => [path.replace('\u001b', '\\x1b'), text]));

/** Path to content, long content as its hash, so that a difference stays readable. */
function brief(members: Iterable<readonly [string, string | Buffer]>): Record<string, string> {
  const short = (content: string | Buffer) =>
    content.length < 100 ? String(content) : `${content.length} ${createHash('sha1').update(content).digest('hex')}`;
  return Object.fromEntries([...members].map(([path, content]) => [path, short(content)]));
}

describe('containers', () => {
  it.each([
    ['tar', 'tar cf %.tar -C tree .'],
    ['tar without ./', 'tar cf %.tar -C tree node1 node2'],
    ['tar, ustar', 'tar --format=ustar -cf %.tar -C tree .'],
    ['tar, v7', 'tar --format=v7 -cf %.tar -C tree .'],
    ['tar, old GNU', 'tar --format=oldgnu -cf %.tar -C tree .'],
    ['tar, PAX', 'tar --format=pax -cf %.tar -C tree .'],
    ['tar.gz', 'tar czf %.tgz -C tree .'],
    ['tar.xz', 'tar cJf %.tar.xz -C tree .'],
    ['tar.zst', 'tar --zstd -cf %.tar.zst -C tree .'],
    ['tar.bz2', 'tar cjf %.tbz -C tree .'],
    ['zip', 'cd tree && zip -qr ../%.zip .'],
    ['zip, stored', 'cd tree && zip -0qr ../%.zip .'],
    ['zip, bzip2', 'cd tree && zip -Z bzip2 -qr ../%.zip .'],
    ['zip made in a pipe', 'cd tree && zip -qr - . > ../%.zip'],
    ['zip64', 'cd tree && zip -fz -qr ../%.zip .'],
    [
      'concatenated gzip members',
      'tar cf %.t -C tree . && split -b 50000 %.t %.part && for p in %.part*; do gzip -c $p >> %.tgz; done && rm %.t %.part*',
    ],
    ['block-wise xz', 'tar cf - -C tree . | xz -T2 --block-size=10000 > %.txz'],
    ['tar appended to with -r', 'tar cf %.tar -C tree node1 && tar rf %.tar -C tree node2'],
  ])('%s', async (name, command) => {
    const base = name.replaceAll(/[^a-z0-9]/gi, '_');
    shell(folder, command.replaceAll('%', base));
    // The extension says nothing: the same bytes under a misleading name give the same members.
    shell(folder, `mv ${base}.* ${base}.pcap`);
    const got = await collect(join(folder, `${base}.pcap`));
    expect(brief(got.members)).toEqual(brief(WANTED));
    expect(got.notes).toEqual([]);
    expect(got.bytes).toBeGreaterThan(0);
  });

  it('a folder, in order of names', async () => {
    const got = await collect(join(folder, 'tree'));
    expect(brief(got.members)).toEqual(brief(WANTED));
    expect([...got.members.keys()].slice(0, 4)).toEqual([
      'node1/dmesg',
      'node1/empty',
      'node1/ip_route.txt',
      'node2/kern.log',
    ]);
    expect(got.kinds.get('node1/empty')).toBe('empty');
  });

  it('a single file, under its base name', async () => {
    const got = await collect(join(folder, 'tree/node1/ip_route.txt'));
    expect([...got.members.keys()]).toEqual(['ip_route.txt']);
  });

  it.each(['gzip', 'xz', 'zstd', 'bzip2'])('a file compressed with %s keeps the name it has', async (tool) => {
    shell(folder, `mkdir -p one-${tool} && ${tool} -c tree/node2/kern.log > one-${tool}/kern.log.Z`);
    const got = await collect(join(folder, `one-${tool}`));
    expect(brief(got.members)).toEqual(brief([['kern.log.Z', FILES['node2/kern.log']]]));
  });

  it.each(['gzip', 'bzip2'])('rubbish after %s data is ignored', async (tool) => {
    for (const rubbish of [
      'head -c 200000 /dev/urandom',
      'head -c 10 /dev/zero',
      'head -c 100000 /dev/zero',
      'echo rubbish',
    ]) {
      shell(folder, `(${tool} -c tree/node2/kern.log; ${rubbish}) > rubbish`);
      const got = await collect(join(folder, 'rubbish'));
      expect(brief(got.members)).toEqual(brief([['rubbish', FILES['node2/kern.log']]]));
    }
  });

  it('a pipe given as a path', async () => {
    shell(folder, 'mkfifo fifo; (tar cz -C tree . > fifo) > /dev/null 2>&1 &');
    const got = await collect(join(folder, 'fifo'));
    expect(brief(got.members)).toEqual(brief(WANTED));
  });

  it('a prefix for several inputs', async () => {
    shell(folder, 'tar czf prefixed.tgz -C tree node1');
    const got = await collect(join(folder, 'prefixed.tgz'), { prefix: 'prefixed.tgz/' });
    expect([...got.members.keys()]).toContain('prefixed.tgz/node1/dmesg');
    const file = await collect(join(folder, 'tree/node1/dmesg'), { prefix: 'dmesg/' });
    expect([...file.members.keys()]).toEqual(['dmesg']);
  });

  it('long names, GNU and PAX', async () => {
    const long = `${'directory-with-a-long-name/'.repeat(12)}${'f'.repeat(150)}.log`;
    plant(join(folder, 'long'), { [long]: 'x\n' });
    for (const format of ['gnu', 'pax']) {
      shell(folder, `tar --format=${format} -czf long-${format}.tgz -C long .`);
      const got = await collect(join(folder, `long-${format}.tgz`));
      expect([...got.members.keys()]).toEqual([long]);
      expect(got.notes).toEqual([]);
    }
  });

  it('archives within archives', async () => {
    shell(
      folder,
      `mkdir -p n && tar cJf n/inner.tar.xz -C tree node2/kern.log && xz -c tree/node1/dmesg > n/dmesg.xz
       cd n && zip -q mid.zip inner.tar.xz dmesg.xz && tar cJf ../outer.tar.xz mid.zip dmesg.xz`,
    );
    const got = await collect(join(folder, 'outer.tar.xz'));
    expect([...got.members.keys()].sort()).toEqual([
      'dmesg.xz',
      'mid.zip!dmesg.xz',
      'mid.zip!inner.tar.xz!node2/kern.log',
    ]);
    expect(got.members.get('mid.zip!inner.tar.xz!node2/kern.log')?.toString()).toBe(FILES['node2/kern.log']);
    expect(got.members.get('mid.zip!dmesg.xz')?.toString()).toBe(FILES['node1/dmesg']);
  });

  it.each([0, 1])('members may be left after %d chunks', async (chunks) => {
    for (const pack of [
      'tar czf early.x -C tree .',
      'cd tree && rm -f ../early.x && zip -qr ../early.zip . && mv ../early.zip ../early.x',
    ]) {
      shell(folder, pack);
      const got = await collect(join(folder, 'early.x'), { chunks });
      expect([...got.members.keys()].sort()).toEqual([...WANTED.keys()].sort());
      expect(got.notes).toEqual([]);
    }
  });
});

describe('standard input', () => {
  it.each(['tar cz -C tree .', 'cd tree && zip -qr - .', 'tar c -C tree . | zstd'])('%s', async (command) => {
    const bytes = shell(folder, command);
    const stdin = Readable.from(
      Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => bytes.subarray(i * 1000, i * 1000 + 1000)),
    );
    const spy = vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin);
    const got = await collect('-');
    spy.mockRestore();
    expect(brief(got.members)).toEqual(brief(WANTED));
    expect(got.notes).toEqual([]);
    expect(got.bytes).toBe(bytes.length);
  });
});

describe('what is left out, with a note', () => {
  it('links, pipes and devices', async () => {
    const root = process.getuid?.() === 0;
    shell(
      folder,
      `mkdir odd && cd odd && echo x > file && ln file hard && ln -s /etc/passwd soft && ln -s . loop && mkfifo pipe
       ${root ? 'mknod device c 1 5' : ''}
       cd .. && tar czf odd.tgz -C odd . && cd odd && zip -qry ../odd.zip file soft loop`,
    );
    const tar = await collect(join(folder, 'odd.tgz'));
    // Of two hard links the one that comes first in the archive is the file.
    expect([...tar.members.values()].map(String)).toEqual(['x\n']);
    expect(tar.notes.find((note) => note.reason.startsWith('link'))?.count).toBe(3);
    expect(tar.notes.find((note) => note.reason.startsWith('device'))?.count).toBe(root ? 2 : 1);
    const zip = await collect(join(folder, 'odd.zip'));
    expect([...zip.members.keys()]).toEqual(['file']);
    expect(reasons(zip)).toMatch(/link, not followed \(2\)/);
    const tree = await collect(join(folder, 'odd'));
    expect([...tree.members.keys()]).toEqual(['file', 'hard']);
    expect(reasons(tree)).toMatch(/link, not followed \(2\)/);
  });

  it('paths that lead out', async () => {
    shell(
      folder,
      'mkdir -p out/deep && echo y > out/y && cd out/deep && tar cPf ../../out.tar ../y ../../tree/node1/empty "$PWD/../y" && zip -q ../../out.zip ../y',
    );
    const tar = await collect(join(folder, 'out.tar'));
    expect([...tar.members.keys()]).toEqual([]);
    expect(reasons(tar)).toMatch(/leads out of its archive \(\.\.\): left out \(3\)/);
  });

  it('absolute paths lose their root', async () => {
    const inside = join(folder, 'tree').slice(1);
    const wanted = Object.fromEntries(Object.entries(brief(WANTED)).map(([path, text]) => [`${inside}/${path}`, text]));
    shell(
      folder,
      `tar cPf abs.tar "$PWD/tree"
       cp -r tree root && tar cPzf abs-inner.tgz "$PWD/root/node1/ip_route.txt" && tar cPf abs-nested.tar "$PWD/abs-inner.tgz"`,
    );
    // zip itself takes the root off, so the names are written afterwards.
    plant(join(folder, 'rooted'), { 'C_/Users/support/route.txt': 'r', '+__/etc/passwd': 'p' });
    shell(folder, 'cp -r tree rooted/+abs && cd rooted && zip -qDr ../abs.zip .');
    let bytes = readFileSync(join(folder, 'abs.zip')).toString('latin1');
    for (const [from, to] of [
      ['+abs/', '/abs/'],
      ['C_/', 'C:/'],
      ['+__/', '/../'],
    ] as const)
      bytes = bytes.replaceAll(from, to);
    writeFileSync(join(folder, 'abs.zip'), bytes, 'latin1');
    const tar = await collect(join(folder, 'abs.tar'));
    expect(brief(tar.members)).toEqual(wanted);
    expect(tar.notes).toEqual([
      { file: 'abs.tar', reason: 'absolute paths in the archive: read without the leading /', count: 5 },
    ]);
    const zip = await collect(join(folder, 'abs.zip'));
    expect(brief(zip.members)).toEqual({
      ...Object.fromEntries(Object.entries(brief(WANTED)).map(([path, text]) => [`abs/${path}`, text])),
      'Users/support/route.txt': 'r',
    });
    expect(reasons(zip)).toMatch(/read without the leading \/ \(6\)/);
    expect(reasons(zip)).toMatch(/\.\.\/etc\/passwd: path that leads out of its archive \(\.\.\): left out \(1\)/);
    const nested = await collect(join(folder, 'abs-nested.tar'));
    const at = folder.slice(1);
    expect([...nested.members.keys()]).toEqual([`${at}/abs-inner.tgz!${at}/root/node1/ip_route.txt`]);
    expect(nested.notes.map((note) => note.count)).toEqual([1, 1]);
    // In a folder such a name is a name.
    plant(join(folder, 'drive'), { 'C:/x': 'x' });
    expect([...(await collect(join(folder, 'drive'))).members.keys()]).toEqual(['C:/x']);
  });

  it('a file that cannot be read, a path that is not there', async () => {
    expect(reasons(await collect(join(folder, 'nowhere')))).toBe('nowhere: could not be opened: no such file (1)');
    if (process.getuid?.() === 0) return;
    plant(join(folder, 'shut'), { a: 'a', b: 'b' });
    chmodSync(join(folder, 'shut/a'), 0);
    const got = await collect(join(folder, 'shut'));
    expect([...got.members.keys()]).toEqual(['b']);
    expect(reasons(got)).toMatch(/permission denied/);
  });

  it('an encrypted member', async () => {
    shell(folder, 'zip -q -P secret locked.zip tree/node1/dmesg && zip -q locked.zip tree/node2/kern.log');
    const got = await collect(join(folder, 'locked.zip'));
    expect([...got.members.keys()]).toEqual(['tree/node2/kern.log']);
    expect(reasons(got)).toMatch(/encrypted: left out/);
  });

  it('a sparse file, and what comes after it', async () => {
    shell(
      folder,
      `mkdir -p sparse && cd sparse && for i in $(seq 0 9); do echo data | dd of=a-sparse bs=1 seek=$((i * 1000000)) conv=notrunc status=none; done
       echo z > z && tar --format=gnu -Scf ../sparse.tar a-sparse z && tar --format=pax -Scf ../sparse-pax.tar a-sparse z`,
    );
    for (const name of ['sparse.tar', 'sparse-pax.tar']) {
      const got = await collect(join(folder, name));
      expect(got.members.get('z')?.toString()).toBe('z\n');
      expect(reasons(got)).toMatch(/sparse/);
    }
  });

  it('a file that the system calls empty, and is not', async () => {
    // As all of /proc; longer than what is asked for at a time of such a file.
    const got = await collect('/proc/kallsyms');
    const read = got.members.get('kallsyms')!;
    expect(read.length).toBeGreaterThan(50_000);
    // What comes last changes as modules come and go.
    expect(read.subarray(0, 20_000).equals(readFileSync('/proc/kallsyms').subarray(0, 20_000))).toBe(true);
  });

  it('a link as the path itself is followed', async () => {
    symlinkSync('tree', join(folder, 'to-tree'));
    expect([...(await collect(join(folder, 'to-tree'))).members.keys()]).toHaveLength(5);
  });

  it('a damaged header, and what comes after it', async () => {
    const tar = shell(folder, 'tar c -C tree node1 node2');
    const at = tar.indexOf('node1/ip_route.txt');
    tar[at] = 0x4e;
    writeFileSync(join(folder, 'damaged.tar'), tar);
    const got = await collect(join(folder, 'damaged.tar'));
    expect(reasons(got)).toMatch(/damaged/);
    expect(got.members.get('node2/kern.log')?.toString()).toBe(FILES['node2/kern.log']);
  });
});
