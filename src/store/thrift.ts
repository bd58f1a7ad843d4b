/** What Parquet's metadata is made of. `encoded`: a struct that was encoded before. */
export type Thrift =
  | { readonly kind: 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'list'; readonly of: readonly Thrift[]; readonly element: 'i32' | 'binary' | 'struct' }
  | { readonly kind: 'struct'; readonly fields: ThriftFields }
  | { readonly kind: 'encoded'; readonly bytes: Uint8Array };

/** Fields of a struct by their number, ascending; one that is undefined is left out. */
export type ThriftFields = readonly (readonly [id: number, value: Thrift | undefined])[];

export const i32 = (value: number): Thrift => ({ kind: 'i32', value });
export const i64 = (value: number): Thrift => ({ kind: 'i64', value });
export const binary = (bytes: Uint8Array): Thrift => ({ kind: 'binary', bytes });
export const text = (value: string): Thrift => binary(Buffer.from(value, 'utf8'));
export const struct = (...fields: ThriftFields): Thrift => ({ kind: 'struct', fields });

const TYPE = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12, encoded: 12 } as const;

/** A value in Thrift's compact protocol (thrift-compact-protocol.md). Numbers are whole and below 2^53. */
export function encodeThrift(value: Thrift): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  write(out, value);
  return Uint8Array.from(out);
}

function write(out: number[], value: Thrift): void {
  switch (value.kind) {
    case 'i32':
    case 'i64':
      // Zigzag.
      varint(out, value.value < 0 ? -2 * value.value - 1 : 2 * value.value);
      return;
    case 'binary':
      varint(out, value.bytes.length);
      for (const byte of value.bytes) out.push(byte);
      return;
    case 'encoded':
      for (const byte of value.bytes) out.push(byte);
      return;
    case 'list': {
      const { length } = value.of;
      out.push((Math.min(length, 15) << 4) | TYPE[value.element]);
      if (length >= 15) varint(out, length);
      for (const element of value.of) write(out, element);
      return;
    }
    case 'struct': {
      let last = 0;
      for (const [id, field] of value.fields) {
        if (field === undefined) continue;
        // No struct of Parquet leaves out fifteen fields in a row, so the short form always does.
        out.push(((id - last) << 4) | TYPE[field.kind]);
        write(out, field);
        last = id;
      }
      out.push(0);
    }
  }
}

function varint(out: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  out.push(rest);
}
