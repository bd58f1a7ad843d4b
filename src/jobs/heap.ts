/** How the heap of a process that analyses is let grow. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** Bytes that a heap may have before it is kept small: reading stays below, and frees much that lies outside the heap. */
const LARGE = 25e6;
const LOOK_EVERY_MS = 100;

/**
 * From the moment the heap is large it grows by 15 % before it is cleared up: as V8 has it, half of a large bundle's
 * memory would be leavings. Not earlier: of a small heap, which V8 lets grow to four times what is used, every buffer of
 * a file that is read would be cleared up by itself, and take a fifth of the time.
 */
export function keepHeapSmall(): void {
  const timer = setInterval(() => {
    if (getHeapStatistics().used_heap_size < LARGE) return;
    setFlagsFromString('--heap-growing-percent=15');
    clearInterval(timer);
  }, LOOK_EVERY_MS);
  timer.unref();
}
