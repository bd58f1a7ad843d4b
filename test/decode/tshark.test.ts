import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences } from './differ.js';
import { dump } from './dump.js';
import { truth, tsharkMissing } from './tshark.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const missing = tsharkMissing();

/** What tshark must be told of ports that it does not know. */
const OPTIONS: Record<string, string[]> = {
  'vxlan6.pcap': ['-d', 'udp.port==9999,vxlan'],
  'vxlan-odd.pcap': ['-d', 'udp.port==14789,vxlan'],
  'flannel-udp.pcap': ['-d', 'udp.port==8285,ip'],
};

describe.skipIf(missing !== undefined)(
  `frames are as tshark sees them${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    for (const name of readdirSync(FIXTURES).filter((n) => /\.pcap(ng)?$/.test(n))) {
      it(name, async () => {
        const file = join(FIXTURES, name);
        const theirs = truth(file, OPTIONS[name]);
        const ours = await dump(readFileSync(file));
        expect(ours.notes).toEqual([]);
        expect(ours.frames.length).toBe(theirs.length);
        const found = ours.frames.flatMap((frame, i) =>
          differences(frame, theirs[i]!).map((d) => `frame ${frame.place} ${theirs[i]!.stack} ${d}`),
        );
        expect(found).toEqual([]);
      });
    }
  },
);
