/** What a value that others sent must look like. */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'text-or-null'
  | 'strings'
  | readonly [Fields]
  | { readonly oneOf: readonly string[] }
  | { readonly maybe: Shape }
  | { readonly each: Shape }
  | { readonly anyOf: readonly Fields[] }
  | { readonly fields: Fields };
export interface Fields {
  readonly [field: string]: Shape;
}

/** The first place where the value is not of the shape, or undefined. */
export function misfit(value: unknown, shape: Shape, path: string): string | undefined {
  switch (shape) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === shape ? undefined : path;
    case 'text-or-null':
      return value === null || typeof value === 'string' ? undefined : path;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : path;
  }
  if ('fields' in shape) return misfitIn(value, shape.fields, path);
  if ('maybe' in shape) return value === undefined ? undefined : misfit(value, shape.maybe, path);
  if ('oneOf' in shape) return typeof value === 'string' && shape.oneOf.includes(value) ? undefined : path;
  if ('anyOf' in shape)
    return shape.anyOf.some((fields) => misfitIn(value, fields, path) === undefined) ? undefined : path;
  if (!Array.isArray(value)) return path;
  const each: Shape = 'each' in shape ? shape.each : { fields: shape[0] };
  for (const [i, item] of value.entries()) {
    const wrong = misfit(item, each, `${path}[${i}]`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function misfitIn(value: unknown, fields: Fields, path: string): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return path;
  for (const [key, inner] of Object.entries(fields)) {
    const wrong = misfit((value as Record<string, unknown>)[key], inner, path === '' ? key : `${path}.${key}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
