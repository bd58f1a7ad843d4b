import type { AddressTable } from '../../core/address.js';
import { Frame, Proto, Stop } from '../../core/frame.js';
import { redact } from '../../core/redact.js';
import { headOf } from './iptables-log.js';
import type { Carried } from './log-carrier.js';
import { PacketTemplate, type TemplateField } from './packet-template.js';

/** Shapes that are told apart; a log has some for each rule. */
const MOST_TEMPLATES = 64;
/** Lines that are looked at in vain before there was a hit. */
const FIRST_TRIES = 500;

/** The shapes of netfilter log lines in one log. */
export class PacketTemplates {
  /** That of the line before is first. */
  readonly #templates: PacketTemplate[] = [];
  readonly #byShape = new Map<string, PacketTemplate>();
  #tries = 0;
  #hits = 0;

  constructor(private readonly addresses: AddressTable) {}

  /** The template with which the line in bytes [from, to) was read, and its tap; undefined when none fits. */
  read(bytes: Uint8Array, from: number, to: number): { readonly frame: Frame; readonly tap: number } | undefined {
    const templates = this.#templates;
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i]!;
      if (!template.read(bytes, from, to)) continue;
      const tap = template.tap(bytes);
      if (tap === undefined) return undefined;
      if (i > 0) {
        templates[i] = templates[0]!;
        templates[0] = template;
      }
      this.#hits++;
      return { frame: template.frame, tap };
    }
    return undefined;
  }

  /** Looks at a line that was read: `frame` and `tap` are what was found. */
  learn(text: string, carried: Carried, frame: Frame, tap: number): void {
    // Where shapes do not come back, looking at them only costs.
    if (this.#tries > FIRST_TRIES + this.#hits / 8) return;
    this.#tries++;
    const shape = shapeOf(text, carried, frame);
    if (shape === undefined) return;
    const bytes = asciiBytes(text);
    let template = this.#byShape.get(shape.key);
    if (template === undefined) {
      if (this.#templates.length === MOST_TEMPLATES) return;
      const { literals, fields, day } = shape;
      template = new PacketTemplate(literals, fields, copyOf(frame), day, this.addresses);
      if (!template.read(bytes, 0, bytes.length) || !same(template.frame, frame)) return;
      this.#templates.push(template);
      this.#byShape.set(shape.key, template);
    } else if (!template.read(bytes, 0, bytes.length) || !same(template.frame, frame)) return;
    template.learn(bytes, tap);
  }
}

const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const copyOf = (frame: Frame): Frame => Object.assign(new Frame(), frame);

const same = (one: Frame, other: Frame): boolean =>
  Object.entries(one).every(([name, value]) => value === other[name as keyof Frame]);

interface Shape {
  readonly key: string;
  readonly literals: readonly Uint8Array[];
  readonly fields: readonly TemplateField[];
  readonly day: number;
}

interface Mark {
  readonly from: number;
  readonly to: number;
  readonly field: TemplateField;
}

/** What changes the meaning of other fields, or is none of the packet that the line is about. */
const SPECIAL = /\[SRC=|OPT \(|FRAG:|MAC source|INCOMPLETE|TRUNCATED|[^\x20-\x7e]/;

/** What stands for what, in a line that was read as `frame`; undefined for lines that are not learnt. */
function shapeOf(text: string, carried: Carried, frame: Frame): Shape | undefined {
  if (SPECIAL.test(text) || frame.arpOp >= 0 || frame.fragOffset >= 0 || frame.stop !== Stop.none) return undefined;
  // A line with a secret is changed before it is kept.
  if (!text.endsWith(carried.rest) || redact(text) !== text) return undefined;
  const head = headOf(carried.rest);
  if (head === undefined) return undefined;
  const before = text.length - carried.rest.length + head.index;
  const carrier = carrierMarks(text.slice(0, before), carried);
  if (carrier === undefined) return undefined;
  const marks = [...carrier.marks, ...packetMarks(text, before, frame)];
  const literals: string[] = [];
  let at = 0;
  for (const { from, to } of marks) {
    literals.push(text.slice(at, from));
    at = to;
  }
  literals.push(text.slice(at));
  const fields = marks.map(({ field }) => field);
  return {
    key: `${carrier.day}\0${literals.map((literal, i) => `${literal}\0${fields[i] ?? ''}\0`).join('')}`,
    literals: literals.map(asciiBytes),
    fields,
    day: carrier.day,
  };
}

const CLOCK = /\d\d:\d\d:\d\d(?:\.\d{1,9})?(?!\d)/;
const BOOT = /(?<=\[) {0,11}\d{1,8}\.\d{6}(?=\])/;

/** The fields before the devices; undefined when the time is in a form that no template reads. */
function carrierMarks(
  text: string,
  carried: Carried,
): { readonly marks: readonly Mark[]; readonly day: number } | undefined {
  const boot = BOOT.exec(text);
  const booted = (field: 'boot' | 'uptime'): Mark[] =>
    boot === null ? [] : [{ from: boot.index, to: boot.index + boot[0].length, field }];
  if (carried.timeKind === 'since-boot')
    return boot === null || carried.form === 'journal' ? undefined : { marks: booted('boot'), day: 0 };
  if (carried.timeKind === 'relative') return undefined;
  if (carried.sec < 0) return { marks: booted('uptime'), day: 0 };
  const clock = CLOCK.exec(text);
  if (clock === null || (boot !== null && boot.index < clock.index)) return undefined;
  const [hours, minutes, seconds] = clock[0].slice(0, 8).split(':').map(Number) as [number, number, number];
  return {
    marks: [{ from: clock.index, to: clock.index + clock[0].length, field: 'clock' }, ...booted('uptime')],
    day: carried.sec - (hours * 3600 + minutes * 60 + seconds),
  };
}

/** Values that readers of packets pass over. */
const PASSED = new Set(['TOS', 'PREC', 'TC', 'FLOWLBL', 'RES', 'URGP', 'MARK', 'UID', 'GID']);

/** Devices and fields of the packet, from `IN=` on. */
function packetMarks(text: string, start: number, frame: Frame): Mark[] {
  const marks: Mark[] = [];
  let transport = false;
  for (let at = start, end: number; at < text.length; at = end + 1) {
    end = text.indexOf(' ', at);
    if (end < 0) end = text.length;
    const equals = text.indexOf('=', at);
    if (equals < 0 || equals > end) continue;
    const key = text.slice(at, equals);
    if (key === 'PROTO') transport = true;
    const field = fieldOf(key, text.slice(equals + 1, end), transport, frame);
    if (field !== undefined)
      marks.push({ from: equals + 1, to: field === 'mac' ? equals + 1 + BOTH_MACS : end, field });
  }
  return marks;
}

const BOTH_MACS = 35;
const NUMBERS: ReadonlyMap<string, TemplateField> = new Map([
  ['TTL', 'ttl'],
  ['HOPLIMIT', 'ttl'],
  ['SPT', 'sport'],
  ['DPT', 'dport'],
  ['ACK', 'ack'],
  ['WINDOW', 'window'],
]);

function fieldOf(key: string, value: string, transport: boolean, frame: Frame): TemplateField | undefined {
  if (PASSED.has(key)) return 'passed';
  switch (key) {
    case 'IN':
    case 'OUT':
    case 'PHYSIN':
    case 'PHYSOUT':
      return 'device';
    case 'MAC':
      return value.length === 41 && frame.macDst >= 0 ? 'mac' : undefined;
    case 'SRC':
      return value.includes(':') ? 'src6' : 'src';
    case 'DST':
      return value.includes(':') ? 'dst6' : 'dst';
  }
  if (!/^\d{1,10}$/.test(value)) return undefined;
  switch (key) {
    case 'LEN':
      return transport ? 'udpLen' : 'ipLen';
    case 'ID':
      return transport ? 'icmpId' : 'ipId';
    case 'SEQ':
      return frame.proto === Proto.tcp ? 'seq' : 'icmpSeq';
    default:
      return NUMBERS.get(key);
  }
}
