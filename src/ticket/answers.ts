import { Failure } from '../core/failure.js';

/** Reads answers of servers without trusting their shape. */

export const field = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    value,
  );

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A number or a short word that goes into the path of the next request. */
export function identifier(value: unknown, what: string): string {
  const id = typeof value === 'number' ? String(value) : text(value);
  if (!/^[\w.:-]{1,200}$/.test(id))
    throw new Failure(`the server's answer has no ${what}: is this the right system?`, 1);
  return id;
}
