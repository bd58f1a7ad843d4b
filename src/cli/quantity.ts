import { InvalidArgumentError } from 'commander';

/** A whole number from `least` up. */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`a whole number from ${least} on`);
    return value;
  };
}

const POWERS = ['', 'k', 'm', 'g', 't'];

/** A size in bytes: `800000`, `500M`, `1.5G`, `4GB` (powers of 1000), `64MiB`, `64Mi` (powers of 1024). */
export function parseSize(text: string): number {
  const [, number, unit, binary] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (binary ? 1024 : 1000) ** POWERS.indexOf((unit ?? '').toLowerCase()));
  if (number === undefined || bytes < 1) throw new InvalidArgumentError('a size such as 500M or 4G');
  return bytes;
}
