import type { Table } from '../table.js';
import * as cni from './cni.js';
import * as kubernetes from './kubernetes.js';
import * as log from './log.js';
import * as netfilter from './netfilter.js';
import * as network from './network.js';
import * as policy from './policy.js';

/** Every kind of event that parsers may emit, in the order of `query --schema`. */
export const EVENT_TABLES: readonly Table[] = [
  ...Object.values(network),
  ...Object.values(netfilter),
  ...Object.values(kubernetes),
  ...Object.values(policy),
  ...Object.values(cni),
  ...Object.values(log),
];
