import { InvalidArgumentError } from 'commander';

/** A whole number from `least` up. */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`a whole number from ${least} on`);
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** A size in bytes: `800000`, `500M`, `1.5G`, `4GB` (powers of 1000). */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * UNITS[(unit ?? '').toLowerCase()]!);
  if (number === undefined || bytes < 1) throw new InvalidArgumentError('a size such as 500M or 4G');
  return bytes;
}
