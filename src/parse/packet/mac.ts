/** An Ethernet address as a 48-bit number, or -1. Bytes may lack their leading zero (xtables-monitor, old tcpdump). */
export function parseMac(text: string): number {
  if (text === 'Broadcast') return 0xffffffffffff;
  const m = /^[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5}/i.exec(text);
  if (m === null) return -1;
  let value = 0;
  let byte = 0;
  for (let i = 0; i < m[0].length; i++) {
    const c = m[0].charCodeAt(i);
    if (c === COLON || c === DASH) {
      value = value * 256 + byte;
      byte = 0;
    } else byte = byte * 16 + (c <= NINE ? c - 48 : (c & 15) + 9);
  }
  return value * 256 + byte;
}

const COLON = 58;
const DASH = 45;
const NINE = 57;
