import { afterEach, expect, it, vi } from 'vitest';
import { ProgressBar } from '../../src/cli/progress.js';

afterEach(() => vi.useRealTimers());

const SMALL = 'samples/bundles/101-forward-drop-a.tar.xz';

/** What stands on the terminal after so many bytes of a small bundle. */
function lineAt(bytes: number): string {
  vi.useFakeTimers();
  const written: string[] = [];
  const out = { isTTY: true, columns: 200, write: (text: string) => written.push(text) > 0 };
  const bar = new ProgressBar(out as unknown as NodeJS.WriteStream, [SMALL], true);
  vi.advanceTimersByTime(1000);
  bar.show({ stage: 'reading', file: 'a.txt', bytes, packets: 3 });
  return written.join('');
}

it.each([
  [800, '800 bytes'],
  [7800, '7.8 kB'],
  [2_400_000, '2.4 MB'],
])('%i bytes are shown as %s', (bytes, words) => {
  expect(lineAt(bytes)).toContain(`  ${words}  3 packets  a.txt`);
});
