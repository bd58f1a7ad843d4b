import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE, reportOf } from './reports.js';

/** What must hold of every ticket system, asked of the real command. */

export interface Subject {
  /** The address of the n-th ticket, from 0, and of one that is not there. */
  readonly ticket: (n: number) => string;
  readonly missing: string;
  readonly token: string;
  /** More of the environment and of the command line. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Comments of the n-th ticket, oldest first, as they are stored. */
  readonly comments: (n: number) => Promise<readonly string[]>;
  /** Names of the files at the n-th ticket; undefined when the system takes none. */
  readonly files?: (n: number) => Promise<readonly string[]>;
  /** Bytes of a file that is too large for it, where it takes files. */
  readonly tooLarge?: number;
  /** An own comment is changed in place. */
  readonly updates: boolean;
  /** Looks at a ticket as people do, where that can be had. */
  readonly seen?: (n: number) => Promise<void>;
  /** Looks at a ticket that hostile words went to. */
  readonly inert: (n: number) => Promise<void>;
  /** Requests that broke the vendor's schema. */
  readonly violations?: () => readonly string[];
  readonly stop: () => Promise<void>;
}

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function podtrail(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['dist/cli/main.js', ...args],
      { env: { PATH: process.env['PATH'], HOME: tmpdir(), ...env }, maxBuffer: 64e6 },
      (error, stdout, stderr) => done({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const PATIENCE = 300_000;

export function attachSuite(
  name: string,
  start: () => Promise<Subject>,
  { takesFiles = true }: { readonly takesFiles?: boolean } = {},
): void {
  describe(name, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'podtrail-tickets-'));
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
      mkdirSync(join(scratch, 'evidence'));
      writeFileSync(join(scratch, 'evidence', 'lines.txt'), 'edge-2/iptables-save.txt\n64: :FORWARD DROP [6:360]\n');
    }, PATIENCE);
    afterAll(async () => {
      rmSync(scratch, { recursive: true, force: true });
      await subject?.stop();
    }, PATIENCE);

    const reportFile = (report: unknown): string => {
      const file = join(scratch, `report-${Math.random().toString(36).slice(2)}.json`);
      writeFileSync(file, JSON.stringify(report));
      return file;
    };
    const attach = async (report: unknown, to: string, ...more: readonly string[]): Promise<Run> => {
      const { token, env = {}, args = [] } = subject;
      const run = await podtrail(
        ['ticket', 'attach', reportFile(report), '--to', to, ...args, ...more, '--log-level', 'debug'],
        { PODTRAIL_TICKET_TOKEN: token, ...env },
      );
      expect(run.stdout + run.stderr).not.toContain(token);
      return run;
    };

    it(
      'adds nothing in a dry run, and needs no token for it',
      async () => {
        const before = await subject.comments(0);
        const { status, stdout, stderr } = await podtrail(
          [
            'ticket',
            'attach',
            reportFile(reportOf('underlay-drop')),
            '--to',
            subject.ticket(0),
            ...(subject.args ?? []),
            '--dry-run',
          ],
          {},
        );
        expect(status, stderr).toBe(0);
        expect(stdout).toContain('underlay-drop');
        expect(stdout).toContain('Nothing was sent.');
        expect(await subject.comments(0)).toEqual(before);
      },
      PATIENCE,
    );

    it(
      'comments and attaches the first time',
      async () => {
        const { status, stdout, stderr } = await attach(
          reportOf('underlay-drop'),
          subject.ticket(0),
          '--evidence',
          join(scratch, 'evidence'),
        );
        expect(status, stderr).toBe(0);
        expect(stdout).toContain('comment added');
        const comments = await subject.comments(0);
        expect(comments.length).toBe(1);
        expect(comments[0]).toMatch(/podtrail: diagnosed, underlay\\?-drop/);
        expect(comments[0]).toContain('FORWARD DROP');
        const files = await subject.files?.(0);
        if (files !== undefined) {
          expect(files.length).toBe(2);
          expect(files.some((file) => /^podtrail-report-[0-9a-f]{8}\.html$/.test(file))).toBe(true);
          expect(files.some((file) => /^lines-[0-9a-f]{8}\.txt$/.test(file))).toBe(true);
        }
        await subject.seen?.(0);
      },
      PATIENCE,
    );

    it(
      'adds nothing the second time',
      async () => {
        const [comments, files] = [await subject.comments(0), await subject.files?.(0)];
        const { status, stdout } = await attach(
          reportOf('underlay-drop'),
          subject.ticket(0),
          '--evidence',
          join(scratch, 'evidence'),
        );
        expect(status).toBe(0);
        expect(stdout).toContain('nothing was added');
        expect(await subject.comments(0)).toEqual(comments);
        expect(await subject.files?.(0)).toEqual(files);
      },
      PATIENCE,
    );

    it(
      'says what changed when the report did',
      async () => {
        const { status, stdout, stderr } = await attach(reportOf('forward-drop'), subject.ticket(0));
        expect(status, stderr).toBe(0);
        expect(stdout).toContain(subject.updates ? 'comment updated' : 'comment added');
        const comments = await subject.comments(0);
        expect(comments.length).toBe(subject.updates ? 1 : 2);
        expect(comments.at(-1)).toMatch(
          /the verdict was diagnosed, underlay\\?-drop \\?\(likely\) and is now diagnosed, forward\\?-drop \\?\(proven\)/,
        );
      },
      PATIENCE,
    );

    it(
      'explains a wrong token, and does not say it',
      async () => {
        const wrong = '9-9-ffffffffffffffffffffffffffffffff';
        const { status, stdout, stderr } = await podtrail(
          [
            'ticket',
            'attach',
            reportFile(reportOf('forward-drop')),
            '--to',
            subject.ticket(0),
            ...(subject.args ?? []),
            '--log-level',
            'debug',
          ],
          { ...subject.env, PODTRAIL_TICKET_TOKEN: wrong },
        );
        expect(status).toBe(1);
        expect(stderr).toMatch(/answers 401 .*the token is wrong/);
        expect(stdout + stderr).not.toContain(wrong);
      },
      PATIENCE,
    );

    it(
      'explains a ticket that is not there',
      async () => {
        const { status, stderr } = await attach(reportOf('forward-drop'), subject.missing);
        expect(status).toBe(1);
        expect(stderr).toMatch(/answers 404 .*no such ticket/);
      },
      PATIENCE,
    );

    if (takesFiles)
      it(
        'comments all the same when a file is too large, and says so',
        async () => {
          mkdirSync(join(scratch, 'large'));
          writeFileSync(join(scratch, 'large', 'frames.pcapng'), Buffer.alloc(subject.tooLarge!, 7));
          const { status, stderr } = await attach(
            reportOf('forward-drop'),
            subject.ticket(1),
            '--evidence',
            join(scratch, 'large'),
          );
          expect(status, stderr).toBe(1);
          expect(stderr).toMatch(/not attached: frames-[0-9a-f]{8}\.pcapng/);
          expect((await subject.comments(1)).join('\n')).toMatch(/not attached: it is too large/);
          expect((await subject.files!(1)).some((file) => file.endsWith('.pcapng'))).toBe(false);
        },
        PATIENCE,
      );

    it(
      'brings hostile words as words',
      async () => {
        const { status, stderr } = await attach(reportOf('forward-drop', HOSTILE), subject.ticket(2));
        expect(status, stderr).toBe(0);
        expect((await subject.comments(2)).length).toBe(1);
        await subject.inert(2);
      },
      PATIENCE,
    );

    it(
      'keeps real names here when asked to',
      async () => {
        const { status, stderr } = await attach(
          reportOf('underlay-drop'),
          subject.ticket(2),
          '--redact',
          '--evidence',
          join(scratch, 'evidence'),
        );
        expect(status, stderr).toBe(0);
        const comment = (await subject.comments(2)).at(-1)!;
        expect(comment).toMatch(/node\\?-2/);
        expect(comment).not.toMatch(/10\.200\.|edge\\?-[12]/);
      },
      PATIENCE,
    );

    it('asks only what the published interface has', () => {
      expect(subject.violations?.() ?? []).toEqual([]);
    });
  });
}
