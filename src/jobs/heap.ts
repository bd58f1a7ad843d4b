/** How the heap of a process that analyses is let grow. */
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';

/** Bytes that a heap may have before it is kept small: reading stays below, and frees much that lies outside the heap. */
const LARGE = 25e6;
/** Bytes of the space for new objects, both halves, from which on it grows no further; V8 would go to 32 MB. */
const YOUNG = 8e6;
const LOOK_EVERY_MS = 40;

/**
 * From the moment the heap is large it grows by 15 % before it is cleared up: as V8 has it, half of a large bundle's
 * memory would be leavings. Not earlier: of a small heap, which V8 lets grow to four times what is used, every buffer of
 * a file that is read would be cleared up by itself, and take a fifth of the time.
 *
 * A timer has its turn between two pieces of a file and two pieces of a result, so before anything large is made of them.
 */
export function keepHeapSmall(): void {
  let young = true;
  const timer = setInterval(() => {
    if (young && newSpace() >= YOUNG) {
      setFlagsFromString('--semi-space-growth-factor=1');
      young = false;
    }
    if (getHeapStatistics().used_heap_size < LARGE) return;
    setFlagsFromString('--heap-growing-percent=15');
    clearInterval(timer);
  }, LOOK_EVERY_MS);
  timer.unref();
}

const newSpace = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
