import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze, type Report } from '../../src/analyze.js';
import { writeEvidence } from '../../src/evidence/write.js';
import { redactionOf } from '../../src/redact/redact-report.js';
import { renderAs } from '../../src/report/formats.js';
import { deliveryOf } from '../../src/ticket/attach.js';

/** What goes to a ticket with a redacted report. */

const BUNDLE = 'samples/bundles/101-forward-drop-a.tar.xz';
const SITE = /10\.200\.|edge-[0-9]|172\.21\.9/;
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-ticket-evidence-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('evidence for a ticket', () => {
  const [plain, redacted] = [join(scratch, 'plain'), join(scratch, 'redacted')];
  /** As they stand in the files that `ticket attach` reads. */
  let report: Report;
  let redactedReport: Report;
  beforeAll(async () => {
    const told = await analyze([BUNDLE]);
    report = JSON.parse(renderAs('json', told)) as Report;
    const redaction = redactionOf(told);
    redactedReport = JSON.parse(renderAs('json', redaction.report)) as Report;
    await writeEvidence([BUNDLE], told, plain);
    await writeEvidence([BUNDLE], told, redacted, { redaction });
  }, 60_000);

  const framesOf = ({ files }: ReturnType<typeof deliveryOf>) =>
    files.find(({ name }) => name.startsWith('frames-'))?.bytes;

  it('has its packets redacted with the report, as analyze would have', () => {
    const delivery = deliveryOf(report, plain, redactionOf(report));
    expect(delivery.leftOut).toEqual([]);
    expect(Buffer.from(framesOf(delivery)!)).toEqual(readFileSync(join(redacted, 'frames.pcapng')));
    for (const { name, bytes } of delivery.files) expect(Buffer.from(bytes).toString('latin1'), name).not.toMatch(SITE);
  });

  it('goes as it is when it was redacted with its report', () => {
    const delivery = deliveryOf(redactedReport, redacted);
    expect(delivery.leftOut).toEqual([]);
    expect(Buffer.from(framesOf(delivery)!)).toEqual(readFileSync(join(redacted, 'frames.pcapng')));
  });

  it('stays away when the report is redacted and it is not', () => {
    const delivery = deliveryOf(redactedReport, plain);
    expect(framesOf(delivery)).toBeUndefined();
    expect(delivery.leftOut).toEqual([expect.stringContaining('packets are left out')]);
    for (const { name, bytes } of delivery.files) expect(Buffer.from(bytes).toString('latin1'), name).not.toMatch(SITE);
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    [
      'of another program',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('podtrail', 'dumpcap!'), 'latin1'),
    ],
    [
      'of another report',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll('eno1.pcap', 'eno9.pcap'), 'latin1'),
    ],
    ['empty', () => Buffer.alloc(0)],
  ])('stays away when its capture is %s', (_what, damage) => {
    const file = join(plain, 'frames.pcapng');
    const whole = readFileSync(file);
    writeFileSync(file, damage(whole));
    try {
      const delivery = deliveryOf(report, plain, redactionOf(report));
      expect(framesOf(delivery)).toBeUndefined();
      expect(delivery.leftOut).toHaveLength(1);
    } finally {
      writeFileSync(file, whole);
    }
  });

  it('without --redact is all that the folder holds', () => {
    const delivery = deliveryOf(report, plain);
    expect(Buffer.from(framesOf(delivery)!)).toEqual(readFileSync(join(plain, 'frames.pcapng')));
  });
});
