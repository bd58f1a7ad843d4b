import { harmlessJson } from '../core/escape.js';
import type { Report } from '../core/finding.js';

/** The contract, as text. Fields without a value are left out. */
export function renderJson(report: Report): string {
  return `${harmlessJson(report, 2)}\n`;
}
