/** The other side of `Aside`: a thread that does nothing but decompress one stream. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FromThread, inputsOf, outputsOf, type ThreadData, type ToThread } from './inflate-memory.js';
import { inflaterOf } from './inflating.js';

const { packed, memory } = workerData as ThreadData;
const inputs = inputsOf(memory);
const outputs = outputsOf(memory);
const stream = inflaterOf(packed);
let given = 0;
let made = 0;
let free = outputs.length;

const say = (word: FromThread): void => parentPort!.postMessage(word);

stream.on('data', (piece: Uint8Array) => {
  outputs[made++ % outputs.length]!.set(piece);
  if (--free === 0) stream.pause();
  say({ output: piece.length });
});
stream.on('end', () => say('ended'));
stream.on('error', (error) => say({ failed: error.message }));

parentPort!.on('message', (word: ToThread) => {
  if (word === 'end') stream.end();
  else if (word === 'free') {
    if (free++ === 0) stream.resume();
  } else {
    stream.write(inputs[given++ % inputs.length]!.subarray(0, word.input), (error) => {
      if (!error) say('used');
    });
  }
});
