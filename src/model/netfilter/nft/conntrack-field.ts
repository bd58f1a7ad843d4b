import { wordTable } from '../../../core/word-table.js';
import type { Sight } from '../sight.js';
import { ABSENT, address, type Field, field, number, UNKNOWN } from './field.js';
import type { Cursor } from './tokens.js';

/** `ct state`, `ct status`, `ct mark`, `ct original …`; undefined for others. */
export function conntrackField(cursor: Cursor): Field | undefined {
  const key = cursor.take();
  const known = ({ packet, tracked }: Sight) => tracked && packet.ct.state !== 'UNTRACKED';
  switch (key) {
    case 'state':
      return field('ct state', 'words', ({ packet, tracked }) => {
        if (!tracked) return { kind: 'words', words: ['invalid'] };
        return packet.ct.state === 'unknown' ? UNKNOWN : { kind: 'words', words: [packet.ct.state.toLowerCase()] };
      });
    case 'status':
      return field('ct status', 'words', (sight) => {
        if (!known(sight)) return ABSENT;
        const { ct } = sight.packet;
        const seen = ct.state === 'ESTABLISHED' ? ['seen-reply', 'confirmed'] : [];
        return { kind: 'words', words: [...(ct.dnat ? ['dnat'] : []), ...(ct.snat ? ['snat'] : []), ...seen] };
      });
    case 'direction':
      return field('ct direction', 'words', (sight) =>
        known(sight) ? { kind: 'words', words: [sight.packet.ct.direction] } : ABSENT,
      );
    case 'mark':
      return field('ct mark', 'mark', (sight) => (known(sight) ? number(sight.packet.ct.mark) : ABSENT));
    case 'original': {
      cursor.accept('ip', 'ip6');
      const side = cursor.take();
      const of = wordTable<Field>({
        saddr: field('ct original saddr', 'address', ({ packet }) => address(packet.ct.orig.src)),
        daddr: field('ct original daddr', 'address', ({ packet }) => address(packet.ct.orig.dst)),
        'proto-src': field('ct original proto-src', 'port', ({ packet }) => number(packet.ct.orig.sport)),
        'proto-dst': field('ct original proto-dst', 'port', ({ packet }) => number(packet.ct.orig.dport)),
      });
      const found = of[side];
      return found === undefined ? undefined : { ...found, of: (sight) => (known(sight) ? found.of(sight) : ABSENT) };
    }
    default:
      return undefined;
  }
}
