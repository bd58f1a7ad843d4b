import type { Schema } from './openapi.js';

/** What an OpenAPI document says of an operation to programs, without its words, so that two documents can be compared. */

type Part = Readonly<Record<string, unknown>>;

const WORDS = new Set(['description', 'summary', 'operationId', 'tags', 'example', 'default']);

export interface Operation {
  readonly what: string;
  readonly parameters: readonly unknown[];
  readonly body: unknown;
  /** Of successes, by status. */
  readonly answers: Part;
}

function withoutWords(value: unknown, document: Schema, names = false): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutWords(each, document));
  if (value === null || typeof value !== 'object') return value;
  const { $ref } = value as Part;
  if (typeof $ref === 'string') {
    const target = $ref.split('/').slice(1);
    return withoutWords(
      target.reduce<unknown>((at, key) => (at as Part)[key], document),
      document,
    );
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => names || !WORDS.has(key))
      // A property may be called as a word is.
      .map(([key, each]) => [key, withoutWords(each, document, key === 'properties' && !names)]),
  );
}

/** Undefined where the document has no such operation. */
export function operationOf(document: Schema, path: string, method: string): Operation | undefined {
  const operation = ((document['paths'] as Part)[path] as Part | undefined)?.[method];
  if (operation === undefined) return undefined;
  const { parameters = [], requestBody, responses } = withoutWords(operation, document) as Part;
  const nameOf = (parameter: unknown): string => String((parameter as Part)['name']);
  return {
    what: `${method} ${path}`,
    parameters: [...(parameters as readonly unknown[])].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
    body: requestBody,
    answers: Object.fromEntries(Object.entries(responses as Part).filter(([status]) => status.startsWith('2'))),
  };
}

/** Every operation of a document. */
export function operationsOf(document: Schema): readonly (readonly [path: string, method: string])[] {
  return Object.entries(document['paths'] as Part).flatMap(([path, item]) =>
    Object.keys(item as Part).map((method) => [path, method] as const),
  );
}
