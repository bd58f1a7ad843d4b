import { keepHeapSmall } from '../jobs/heap.js';
import { load } from './load.js';

const { program } = load();
keepHeapSmall();
await program.worker();
