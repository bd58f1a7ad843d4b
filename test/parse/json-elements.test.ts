import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/core/sink.js';
import { JsonElements } from '../../src/parse/network/json-elements.js';
import { isArray, isObject, JsonText } from '../../src/parse/network/json-text.js';

const linesOf = (text: string): Line[] => text.split('\n').map((one, i) => ({ text: one, number: i + 1, offset: 0 }));

/** Each object with the line on which it begins, and what was found out about the whole. */
function streamed(text: string): { objects: unknown[]; lines: number[]; whole: boolean } {
  const objects: unknown[] = [];
  const lines: number[] = [];
  let complete = true;
  const elements = new JsonElements((json) => {
    complete &&= json.complete;
    for (const item of json.documents) {
      objects.push(item);
      if (isObject(item)) lines.push(json.lineOf(item).number);
    }
  });
  for (const line of linesOf(text)) elements.add(line);
  return { objects, lines, whole: elements.end() && complete && !elements.malformed };
}

function atOnce(text: string): ReturnType<typeof streamed> {
  const json = new JsonText(linesOf(text));
  const objects = json.documents.flatMap((one) => (isArray(one) ? one : [one])).filter(isObject);
  return { objects, lines: objects.map((one) => json.lineOf(one).number), whole: json.complete };
}

const list = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { maxLength: 6 });
const printed = fc
  .tuple(list, fc.constantFrom(undefined, 1, 4))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

describe('JsonElements', () => {
  it('gives the objects of a list as they are read from the whole text', () => {
    fc.assert(
      fc.property(printed, (text) => {
        expect(streamed(text)).toEqual(atOnce(text));
      }),
    );
  });

  it('gives what stands before a cut, and says that it was one', () => {
    fc.assert(
      fc.property(printed, fc.nat(), (text, place) => {
        const cut = text.slice(0, place % text.length);
        const { objects, whole } = streamed(cut);
        expect(objects).toEqual(atOnce(cut).objects);
        if (cut !== '') expect(whole).toBe(false);
      }),
    );
  });

  it('reads objects without a list, and tells what is none', () => {
    expect(streamed('{"a":1}')).toEqual({ objects: [{ a: 1 }], lines: [1], whole: true });
    expect(streamed('[{"a":1} x {"b":2}]')).toMatchObject({ whole: false });
    expect(streamed('[{"a":1},{"b" 2}]')).toMatchObject({ objects: [{ a: 1 }, {}], whole: false });
  });

  it('holds one element at a time', () => {
    const text = `[${Array.from({ length: 50 }, (_, i) => `{"n":${i}}`).join(',\n')}`;
    let given = 0;
    const elements = new JsonElements(() => given++);
    linesOf(text).forEach((line, i) => {
      elements.add(line);
      expect(given).toBe(i + 1);
    });
  });
});
