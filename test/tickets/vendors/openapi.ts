import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

/** Holds requests and answers against an OpenAPI 3.0 document. */

export type Schema = Readonly<Record<string, unknown>>;
type Node = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface Asked {
  /** As it stands in the request line, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const isNode = (value: unknown): value is Node => value !== null && typeof value === 'object' && !Array.isArray(value);
const nodeAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isNode(at) ? at[key] : undefined), value);

/**
 * A schema of OpenAPI 3.0 as JSON Schema: `nullable` is a type there, and references are within `id`. Parts that are no schema pass
 * through it unharmed.
 */
function asJsonSchema(value: unknown, id: string): unknown {
  if (Array.isArray(value)) return value.map((each) => asJsonSchema(each, id));
  if (!isNode(value)) return value;
  const { nullable, ...rest } = value;
  const schema: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(rest))
    schema[key] = key === '$ref' && typeof each === 'string' ? `${id}${each}` : asJsonSchema(each, id);
  return nullable === true
    ? { anyOf: [schema, { type: 'null' }] }
    : nullable === undefined || nullable === false
      ? schema
      : { ...schema, nullable };
}

/** Query parameters and parts of a path are text; what the schema calls a number or a boolean is one. */
function typed(schema: Schema, text: string): unknown {
  const anyOf = schema['anyOf'];
  if (Array.isArray(anyOf)) return anyOf.map((one) => typed(one as Schema, text)).find((v) => v !== text) ?? text;
  if (schema['type'] === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  return schema['type'] === 'boolean' && /^(?:true|false)$/.test(text) ? text === 'true' : text;
}

export class Description {
  readonly #ajv = addFormats.default(new Ajv({ allErrors: true, strict: false, validateSchema: false }));
  readonly #compiled = new Map<unknown, ValidateFunction>();
  readonly #document: Node;
  readonly #paths: readonly { readonly template: string; readonly pattern: RegExp }[];

  constructor(document: Schema, more: Readonly<Record<string, Schema>> = {}) {
    this.#document = asJsonSchema(document, 'vendor') as Node;
    this.#ajv.addSchema(this.#document, 'vendor');
    // `$schema` may name draft 4: the keywords that are used there mean the same today.
    for (const [id, { $schema, ...schema }] of Object.entries(more))
      this.#ajv.addSchema(asJsonSchema(schema, id) as Node, id);
    const holes = (path: string): number => path.split('{').length;
    // A literal part wins over a parameter.
    this.#paths = Object.keys(nodeAt(this.#document, 'paths') as Node)
      .sort((a, b) => holes(a) - holes(b))
      .map((template) => ({
        template,
        pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
      }));
  }

  /** The path of the document that a request means, or undefined where the document has none. */
  pathOf(method: string, path: string): string | undefined {
    return this.#paths.find(
      ({ template, pattern }) => pattern.test(path) && this.#operation(method, template) !== undefined,
    )?.template;
  }

  params(template: string, path: string): Readonly<Record<string, string>> {
    const groups = this.#paths.find((each) => each.template === template)?.pattern.exec(path)?.groups ?? {};
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  }

  #operation(method: string, template: string): Node | undefined {
    return nodeAt(this.#document, 'paths', template, method.toLowerCase()) as Node | undefined;
  }

  #resolved(value: unknown): Node | undefined {
    if (!isNode(value)) return undefined;
    const { $ref } = value;
    if (typeof $ref !== 'string') return value;
    return this.#resolved(nodeAt(this.#document, ...$ref.replace(/^vendor#\//, '').split('/')));
  }

  #parameters(method: string, template: string): readonly Parameter[] {
    const own = this.#operation(method, template)?.['parameters'];
    const shared = nodeAt(this.#document, 'paths', template, 'parameters');
    return [shared, own]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((each) => this.#resolved(each) as unknown as Parameter);
  }

  misfits(schema: unknown, value: unknown, where: string): string[] {
    if (schema === undefined) return [];
    const validate = this.#compiled.get(schema) ?? this.#ajv.compile(schema as Schema);
    this.#compiled.set(schema, validate);
    return validate(value) === true ? [] : (validate.errors ?? []).map((e) => `${where}${e.instancePath} ${e.message}`);
  }

  /** What of the path, the query and the headers the document does not have. */
  misfitsOfAddress(method: string, template: string, { path, query, headers }: Asked): string[] {
    const known = this.#parameters(method, template);
    const parts = this.params(template, path);
    const check = ({ name, schema = {} }: Parameter, value: string): string[] =>
      this.misfits(schema, typed(schema, value), `${name}`);
    return [
      ...[...query.keys()].flatMap((name) =>
        known.some((each) => each.in === 'query' && each.name === name) ? [] : [`no parameter ${name}`],
      ),
      ...known.flatMap((each) => {
        const header = headers[each.name.toLowerCase()];
        const value =
          each.in === 'path'
            ? parts[each.name]
            : each.in === 'query'
              ? query.get(each.name)
              : each.in === 'header'
                ? String(header ?? '')
                : '';
        if (value === undefined || value === null || value === '')
          return each.required === true ? [`${each.in} wants ${each.name}`] : [];
        return check(each, value);
      }),
    ];
  }

  /** The kinds of body that an operation takes; undefined where the document does not say. */
  bodyTypes(method: string, template: string): readonly string[] | undefined {
    const content = this.#resolved(this.#operation(method, template)?.['requestBody'])?.['content'];
    return isNode(content) ? Object.keys(content) : undefined;
  }

  /**
   * What of a JSON body does not fit. Vendors leave their schemas open for fields of later versions; a field that has no name in the
   * document, or that only answers have, is a mistake here all the same.
   */
  misfitsOfBody(method: string, template: string, body: unknown): string[] {
    const content = this.#resolved(this.#operation(method, template)?.['requestBody'])?.['content'];
    const schema = nodeAt(content, 'application/json', 'schema');
    const fields = this.#resolved(schema)?.['properties'];
    const strange =
      isNode(body) && isNode(fields)
        ? Object.keys(body).filter((name) => fields[name] === undefined || nodeAt(fields[name], 'readOnly') === true)
        : [];
    return [...strange.map((name) => `body has no field ${name}`), ...this.misfits(schema, body, 'body')];
  }

  /** What of an answer does not fit; undefined where the document does not say how such an answer looks. */
  misfitsOfAnswer(method: string, template: string, status: number, body: unknown): string[] | undefined {
    const answer = this.#resolved(nodeAt(this.#operation(method, template), 'responses', String(status)));
    const schema = nodeAt(answer?.['content'], 'application/json', 'schema');
    return schema === undefined ? undefined : this.misfits(schema, body, `answer ${status}`);
  }
}
