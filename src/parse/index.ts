import { ipAddr } from './ip-addr.js';
import { ipJson } from './ip-json.js';
import { ipRoute } from './ip-route.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { kubectlTable } from './kubectl-table.js';
import type { Parser } from './parser.js';

/** Every text format, in the order in which they are asked whether a line starts theirs. */
export const PARSERS: readonly Parser[] = [ipRoute, ipAddr, ipJson, iptablesSave, iptablesList, kubectlTable];
