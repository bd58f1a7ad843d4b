import type { Schema } from './openapi.js';

/**
 * The OpenAPI document that a client was generated from by openapi-typescript-codegen, read back from its sources: paths, methods, parameters,
 * bodies, and the fields of its types with their names, types and enumerations stand there as they were. What such a client does not keep
 * (formats, lengths, the status of a right answer) is not in the result.
 */

const METHOD =
  /public static \w+\(([\s\S]*?)\): CancelablePromise<(.+)> \{\n {8}return __request\(OpenAPI, \{\n([\s\S]*?)\n {8}\}\);/g;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** `Array<CommentJsonBean>`, `Record<string, string>`, `string | null`, `VisibilityJsonBean.type`. */
export function schemaOfType(type: string): Schema {
  const [, item] = /^Array<(.+)>$/.exec(type) ?? [];
  if (item !== undefined) return { type: 'array', items: schemaOfType(item) };
  const [, value] = /^Record<string, (.+)>$/.exec(type) ?? [];
  if (value !== undefined) return { type: 'object', additionalProperties: schemaOfType(value) };
  if (type.includes(' | ')) return { anyOf: type.split(' | ').map(schemaOfType) };
  if (/^'.*'$/.test(type)) return { const: type.slice(1, -1) };
  if (/^(?:string|number|boolean|null)$/.test(type)) return { type };
  if (type === 'any' || type === 'Blob') return {};
  if (type === 'void') return { type: 'null' };
  if (/^\w+(?:\.\w+)?$/.test(type)) return ref(type);
  throw new Error(`no type that the generator writes: ${type}`);
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: Schema;
}

/** Keys of `path: { … }` or `query: { … }` of a request. */
const keysOf = (request: string, where: 'path' | 'query'): readonly string[] => {
  const [, block] = new RegExp(`^ {12}${where}: \\{\\n([^}]*?)\\n {12}\\},`, 'm').exec(request) ?? [];
  return [...(block ?? '').matchAll(/'([^']+)':/g)].map(([, key]) => key!);
};

/** The operations of a service's file. */
export const operationsOf = (source: string): readonly Operation[] =>
  [...source.matchAll(METHOD)].map(([, signature, answer, request]): Operation => {
    const types = new Map(
      [...signature!.matchAll(/^ {8}(\w+)(\??): (.+?)(?: = .*)?,$/gm)].map(([, name, optional, type]) => [
        name!,
        { schema: schemaOfType(type!), required: optional === '' },
      ]),
    );
    const parameters = (['path', 'query'] as const).flatMap((where) =>
      keysOf(request!, where).map((name) => ({ name, in: where, ...types.get(name) })),
    );
    const [, mediaType] = /^ {12}mediaType: '(.+)',/m.exec(request!) ?? [];
    const body = types.get('requestBody') ?? types.get('formData');
    const [, path] = /^ {12}url: '(.+)',/m.exec(request!)!;
    const [, method] = /^ {12}method: '(.+)',/m.exec(request!)!;
    const right = { content: { 'application/json': { schema: schemaOfType(answer!) } } };
    return {
      path: path!,
      method: method!.toLowerCase(),
      operation: {
        parameters,
        ...(body !== undefined &&
          mediaType !== undefined && {
            requestBody: { required: body.required, content: { [mediaType]: { schema: body.schema } } },
          }),
        responses: { 200: right, 201: right },
      },
    };
  });

/** The schemas of a model's file: its type, and the enumerations beside it. */
export function schemasOf(source: string): Readonly<Record<string, Schema>> {
  const [, name, fields] = /^export type (\w+) = \{\n([\s\S]*?)\n?\};$/m.exec(source)!;
  const properties = [...fields!.matchAll(/^ {4}(?:readonly )?(\w+)\??: (.+);$/gm)].map(([, field, type]) => [
    field,
    schemaOfType(type!),
  ]);
  const required = [...fields!.matchAll(/^ {4}(?:readonly )?(\w+): /gm)].map(([, field]) => field);
  const enumerations = [...source.matchAll(/^ {4}export enum (\w+) \{\n([\s\S]*?)\n {4}\}$/gm)].map(
    ([, each, values]) => [
      `${name}.${each}`,
      { enum: [...values!.matchAll(/= '(.*)',$/gm)].map(([, value]) => value) },
    ],
  );
  return {
    [name!]: { type: 'object', properties: Object.fromEntries(properties), required },
    ...Object.fromEntries(enumerations),
  };
}
