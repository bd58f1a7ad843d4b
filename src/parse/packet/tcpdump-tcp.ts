import { Checksum, type Frame, Proto, Tcp } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { numberAfter } from './number-after.js';

const FLAGS = wordTable<number>({
  F: Tcp.fin,
  S: Tcp.syn,
  R: Tcp.rst,
  P: Tcp.psh,
  '.': Tcp.ack,
  U: Tcp.urg,
  E: Tcp.ece,
  W: Tcp.cwr,
});

/** `Flags [S.], seq 1, ack 2, win 3, options […], length 0`. */
export function readTcp(text: string, f: Frame): void {
  f.proto = Proto.tcp;
  const flags = /^Flags \[([^\]]*)\]/.exec(text);
  if (flags === null) return;
  f.tcpFlags = 0;
  if (flags[1] !== 'none') for (const letter of flags[1]!) f.tcpFlags |= FLAGS[letter] ?? 0;
  f.seq = numberAfter(text, /, seq (\d+)/);
  f.ack = numberAfter(text, /, ack (\d+)/);
  f.window = numberAfter(text, /, win (\d+)/);
  readOptions(text, f);
  f.payloadLen = numberAfter(text, /, length (\d+)/);
  if (text.includes('(incorrect')) f.l4Checksum = Checksum.bad;
  else if (/cksum 0x[0-9a-f]+ \(correct\)/.test(text)) f.l4Checksum = Checksum.good;
}

function readOptions(text: string, f: Frame): void {
  f.mss = numberAfter(text, /\bmss (\d+)/);
  f.windowScale = numberAfter(text, /\bwscale (\d+)/);
  const stamps = /\b(?:TS val (\d+) ecr (\d+)|timestamp (\d+) (\d+))/.exec(text);
  if (stamps === null) return;
  f.tsVal = Number(stamps[1] ?? stamps[3]);
  f.tsEcr = Number(stamps[2] ?? stamps[4]);
}

/** `S 100:100(0) ack 1 win 5840 <mss 1460>`: tcpdump before 4.0; there `.` means no flag at all. */
export function readOldTcp(text: string, f: Frame): boolean {
  const m =
    /^([SFRPWEU]{1,6}|\.)(?: \[[^\]]*\])?(?: (?:cksum \S+ \([^)]*\) )?(\d+):(\d+)\((\d+)\))?(?: ack (\d+))? win (\d+)/.exec(
      text,
    );
  if (m === null) return false;
  f.proto = Proto.tcp;
  f.tcpFlags = m[5] === undefined ? 0 : Tcp.ack;
  if (m[1] !== '.') for (const letter of m[1]!) f.tcpFlags |= FLAGS[letter] ?? 0;
  f.seq = m[2] === undefined ? -1 : Number(m[2]);
  f.payloadLen = m[4] === undefined ? 0 : Number(m[4]);
  f.ack = m[5] === undefined ? -1 : Number(m[5]);
  f.window = Number(m[6]);
  readOptions(text, f);
  return true;
}
