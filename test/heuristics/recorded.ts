import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a kernel (6.18) and its tools wrote in network namespaces: logs, rule dumps, captures. Host names are ours. */
export const recorded = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'recorded', name));
