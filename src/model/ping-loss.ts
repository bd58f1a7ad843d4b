/** What a run of ping counted; packets. */
export interface PingCount {
  readonly sent?: number | undefined;
  readonly received?: number | undefined;
}

/** The first packet waits for ARP and may be lost with it, and an odd one more on any network. */
const FEW = 3;
/** Share of all, in per cent, below which loss does not cut anybody off. */
const SHARE = 10;

const lostOf = ({ sent = 0, received = 0 }: PingCount): number => Math.max(0, sent - received);

/** True where enough is lost of a ping that got answers to be worth a word: three packets and a tenth of all. */
export const isLossy = (count: PingCount): boolean =>
  (count.received ?? 0) > 0 && lostOf(count) >= FEW && lostOf(count) * 100 >= SHARE * (count.sent ?? 0);

/** True where a ping was as good as answered: all of it, all but one packet, or more than nine tenths. */
export const isAsGoodAsAnswered = (count: PingCount): boolean =>
  (count.received ?? 0) > 0 && (lostOf(count) <= 1 || lostOf(count) * 100 < SHARE * (count.sent ?? 0));
