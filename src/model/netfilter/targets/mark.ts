import type { Packet } from '../../journey/packet.js';
import { valueMask } from '../matches/numbers.js';
import type { NfOption } from '../ruleset.js';
import { CONTINUE, type Effect, has, optionValue, type TargetReader } from './effect.js';

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** A change of 32 bits: `(old & keep) ^ flip`. */
interface Change {
  readonly keep: number;
  readonly flip: number;
}

/** `--set-xmark V/M` and the forms that iptables-save turns into it (libxt_MARK.c). */
function changeOf(options: readonly NfOption[]): Change | undefined {
  for (const { name, values } of options) {
    const parsed = valueMask(values[0] ?? '');
    if (parsed === undefined) continue;
    const [value, mask] = parsed;
    switch (name) {
      case 'set-xmark':
        return { keep: ~mask, flip: value };
      case 'set-mark':
        return { keep: ~(mask | value), flip: value };
      case 'or-mark':
        return { keep: ~value, flip: value };
      case 'and-mark':
        return { keep: value, flip: 0 };
      case 'xor-mark':
        return { keep: -1, flip: value };
    }
  }
  return undefined;
}

const apply = (mark: number, { keep, flip }: Change): number => ((mark & keep) ^ flip) >>> 0;

const rewrite = (packet: Packet, before: Packet, says: string): Effect =>
  packet.mark === before.mark && packet.ct.mark === before.ct.mark ? CONTINUE : { kind: 'rewrite', packet, says };

const unread = (target: string, options: readonly NfOption[]): Effect => ({
  kind: 'unknown',
  missing: {
    what: `what ${target} ${options.map((o) => `--${o.name} ${o.values.join(' ')}`).join(' ')} does`,
    collect: 'iptables-save',
  },
});

/** MARK (mark_tg in xt_mark.c). */
export const mark: TargetReader = (options) => {
  const change = changeOf(options);
  if (change === undefined) return () => unread('MARK', options);
  return ({ packet }) => {
    const marked = { ...packet, mark: apply(packet.mark, change) };
    return rewrite(marked, packet, `mark ${hex(packet.mark)} becomes ${hex(marked.mark)}`);
  };
};

/** CONNMARK (connmark_tg_shift in xt_connmark.c); without an entry of conntrack it does nothing. */
export const connmark: TargetReader = (options) => {
  const full = '0xffffffff';
  const nfmask = valueMask(optionValue(options, 'nfmask', 'mask') ?? full)?.[0];
  const ctmask = valueMask(optionValue(options, 'ctmask', 'mask') ?? full)?.[0];
  const change = changeOf(options);
  const save = has(options, 'save-mark');
  if (nfmask === undefined || ctmask === undefined || (change === undefined && !save && !has(options, 'restore-mark')))
    return () => unread('CONNMARK', options);
  return ({ packet, tracked }) => {
    const { ct } = packet;
    if (!tracked || ct.state === 'UNTRACKED' || ct.state === 'INVALID') return CONTINUE;
    if (change !== undefined || save) {
      const value = apply(ct.mark, change ?? { keep: ~ctmask, flip: packet.mark & nfmask });
      const says = `connection mark ${hex(ct.mark)} becomes ${hex(value)}`;
      return rewrite({ ...packet, ct: { ...ct, mark: value } }, packet, says);
    }
    const value = apply(packet.mark, { keep: ~nfmask, flip: ct.mark & ctmask });
    return rewrite(
      { ...packet, mark: value },
      packet,
      `mark ${hex(packet.mark)} becomes ${hex(value)}, as the connection has it`,
    );
  };
};
