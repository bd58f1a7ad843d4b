/** An Ethernet address as a 48-bit number, or -1. Bytes may lack their leading zero (xtables-monitor, old tcpdump). */
export function parseMac(text: string): number {
  if (text === 'Broadcast') return 0xffffffffffff;
  const m = /^[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5}/i.exec(text);
  if (m === null) return -1;
  return m[0].split(/[:-]/).reduce((value, byte) => value * 256 + Number.parseInt(byte, 16), 0);
}
