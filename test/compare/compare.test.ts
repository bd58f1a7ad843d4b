import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tsharkMissing } from '../decode/tshark.js';
import { compareFile } from './compare-file.js';
import { main } from './main.js';
import { type Decoder, podtrail } from './our-frames.js';

const FIXTURES = join(import.meta.dirname, '../decode/fixtures');
const missing = tsharkMissing();

/** The decoder, but the frame with this number has another value in a field. */
function wrong(place: number, field: string, value: number): Decoder {
  return (file, take) =>
    podtrail(file, (frames) =>
      take(
        frames.map((frame) =>
          frame.row.place === place ? { ...frame, row: { ...frame.row, [field]: value } } : frame,
        ),
      ),
    );
}

describe.skipIf(missing !== undefined)(`the comparison with tshark${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('finds nothing unexplained in the captures here, and counts every frame', async () => {
    expect(await main([FIXTURES], { 'keep-going': true })).toBe(0);
    // tshark is started for each.
  }, 300_000);

  it('reports a wrong decode with its frame, field and both values', async () => {
    const result = await compareFile(join(FIXTURES, 'vxlan.pcap'), wrong(7, 'vni', 99));
    expect(result.unexplainedFrames).toBe(1);
    expect(result.agreed).toBe(result.frames - 1);
    expect(result.unexplained[0]).toMatchObject({ frame: 7, differences: [{ field: 'vni', ours: 99 }] });
  });

  it('reports frames that are left out', async () => {
    const lazy: Decoder = (file, take) => podtrail(file, (frames) => take(frames.slice(0, 10)));
    const result = await compareFile(join(FIXTURES, 'plain.pcap'), lazy);
    expect(result.unexplained).toMatchObject([{ differences: [{ field: 'frames', ours: 10, theirs: 81 }] }]);
  });

  it('finds a tunnel on a port of its own by asking tshark again', async () => {
    expect(await compareFile(join(FIXTURES, 'vxlan-odd.pcap'))).toMatchObject({ state: 'whole', unexplainedFrames: 0 });
  });

  it('names a file that is no capture', async () => {
    expect((await compareFile(join(FIXTURES, 'make.sh'))).state).toBe('foreign');
  });
});
