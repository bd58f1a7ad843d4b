import { counter } from '../../core/event/network.js';
import { wordTable, wordTables } from '../../core/word-table.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const SECTION = /^(Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt|Ip6|Icmp6|Udp6|UdpLite6|Sctp):\s*$/;
/** `InOctets: 434` */
const NAMED = /^\s+([A-Z]\w+): (-?\d+)\s*$/;
/** `destination unreachable: 3` under one of the ICMP histograms. */
const HISTOGRAM = /^\s+ICMP (input|output) histogram:\s*$/;
const TYPED = /^\s+([a-z][\w ]+): (\d+)\s*$/;
/** A sentence that we do not keep: the number first, or one of the few with the number within. */
const SENTENCE =
  /^\s+(?:\d+ [A-Za-z][A-Za-z ,_-]+\.?|(?:Quick ack mode was activated|Detected reordering|Ran|TCP ran low on memory) \d+ times.*)$/;

/** Sentences of net-tools `statistics.c` (all releases' wordings) as the kernel's names; `#` stands for the number. */
const SENTENCES = wordTables<string>({
  Ip: {
    '# total packets received': 'InReceives',
    '# with invalid headers': 'InHdrErrors',
    '# with invalid addresses': 'InAddrErrors',
    '# forwarded': 'ForwDatagrams',
    '# with unknown protocol': 'InUnknownProtos',
    '# incoming packets discarded': 'InDiscards',
    '# incoming packets delivered': 'InDelivers',
    '# requests sent out': 'OutRequests',
    '# outgoing packets dropped': 'OutDiscards',
    '# dropped because of missing route': 'OutNoRoutes',
    '# fragments dropped after timeout': 'ReasmTimeout',
    '# reassemblies required': 'ReasmReqds',
    '# packets reassembled ok': 'ReasmOKs',
    '# packet reassemblies failed': 'ReasmFails',
    '# packet reassembles failed': 'ReasmFails',
    '# fragments received ok': 'FragOKs',
    '# fragments failed': 'FragFails',
    '# outgoing packets failed fragmentation': 'FragFails',
    '# outgoing packets fragmented ok': 'FragOKs',
    '# fragments created': 'FragCreates',
    '# incoming packets with no route': 'InNoRoutes',
    '# with packets too big': 'InTooBigErrors',
    '# with truncated packets': 'InTruncatedPkts',
  },
  Icmp: {
    '# ICMP messages received': 'InMsgs',
    '# input ICMP message failed': 'InErrors',
    '# ICMP messages sent': 'OutMsgs',
    '# ICMP messages failed': 'OutErrors',
  },
  Tcp: {
    '# active connection openings': 'ActiveOpens',
    '# active connections openings': 'ActiveOpens',
    '# passive connection openings': 'PassiveOpens',
    '# failed connection attempts': 'AttemptFails',
    '# connection resets received': 'EstabResets',
    '# connections established': 'CurrEstab',
    '# segments received': 'InSegs',
    '# segments sent out': 'OutSegs',
    '# segments send out': 'OutSegs',
    '# segments retransmitted': 'RetransSegs',
    '# segments retransmited': 'RetransSegs',
    '# bad segments received': 'InErrs',
    '# resets sent': 'OutRsts',
  },
  Udp: {
    '# packets received': 'InDatagrams',
    '# packets to unknown port received': 'NoPorts',
    '# packet receive errors': 'InErrors',
    '# packets sent': 'OutDatagrams',
    '# receive buffer errors': 'RcvbufErrors',
    '# send buffer errors': 'SndbufErrors',
  },
  TcpExt: {
    '# times the listen queue of a socket overflowed': 'ListenOverflows',
    '# SYNs to LISTEN sockets dropped': 'ListenDrops',
    '# SYNs to LISTEN sockets ignored': 'ListenDrops',
    '# other TCP timeouts': 'TCPTimeouts',
    '# fast retransmits': 'TCPFastRetrans',
    '# retransmits in slow start': 'TCPSlowStartRetrans',
    '# retransmits lost': 'TCPLostRetransmit',
    '# packets rejected in established connections because of timestamp': 'PAWSEstab',
    '# packets rejects in established connections because of timestamp': 'PAWSEstab',
    '# packetes rejected in established connections because of timestamp': 'PAWSEstab',
    '# active connections rejected because of time stamp': 'PAWSActive',
    '# passive connections rejected because of time stamp': 'PAWSPassive',
    '# connections aborted due to timeout': 'TCPAbortOnTimeout',
    '# connections reset due to unexpected data': 'TCPAbortOnData',
    '# connections reset due to early user close': 'TCPAbortOnClose',
    '# invalid SYN cookies received': 'SyncookiesFailed',
    '# SYN cookies received': 'SyncookiesRecv',
    '# SYN cookies sent': 'SyncookiesSent',
    '# resets received for embryonic SYN_RECV sockets': 'EmbryonicRsts',
    '# ICMP packets dropped because they were out-of-window': 'OutOfWindowIcmps',
    '# delayed acks sent': 'DelayedACKs',
    '# packet headers predicted': 'TCPHPHits',
    '# predicted acknowledgments': 'TCPHPAcks',
    '# acknowledgments not containing data payload received': 'TCPPureAcks',
    '# TCP sockets finished time wait in fast timer': 'TW',
  },
});
const ICMP_TYPES = wordTable<string>({
  'destination unreachable': 'DestUnreachs',
  'timeout in transit': 'TimeExcds',
  'time exceeded': 'TimeExcds',
  'wrong parameters': 'ParmProbs',
  redirect: 'Redirects',
  redirects: 'Redirects',
  'echo request': 'Echos',
  'echo requests': 'Echos',
  'echo replies': 'EchoReps',
  'packets too big': 'PktTooBigs',
});

/** `netstat -s`: net-tools `statistics.c`. Names are the kernel's, so that they compare with nstat's. */
export const netstatS: Parser = {
  id: 'netstat-s',
  title: 'netstat -s',
  command: /^netstat\s+(?:\S+\s+)*-(?:\w*s|-statistics)/,
  starts: (line) => SECTION.test(asPrinted(line)),
  open(sink) {
    let section: string | undefined;
    let histogram: 'In' | 'Out' = 'In';
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '') return true;
        const heading = SECTION.exec(text);
        if (heading !== null) {
          section = heading[1]!;
          return true;
        }
        if (section === undefined || !/^\s/.test(text)) return false;
        const direction = HISTOGRAM.exec(text);
        if (direction !== null) {
          histogram = direction[1] === 'input' ? 'In' : 'Out';
          return true;
        }
        const emit = (name: string, value: string): true => {
          sink.emit(counter, { origin: 'netstat', name: `${section}${name}`, value: BigInt(value) }, at);
          return true;
        };
        const named = NAMED.exec(text);
        if (named !== null) return emit(named[1]!, named[2]!);
        const family = section.replace(/6$/, '').replace(/^UdpLite$/, 'Udp');
        const typed = TYPED.exec(text);
        if (typed !== null && family === 'Icmp') {
          const type = ICMP_TYPES[typed[1]!];
          return type === undefined || emit(`${histogram}${type}`, typed[2]!);
        }
        const value = /\d+/.exec(text)?.[0];
        const sentence = text
          .trim()
          .replace(/\.$/, '')
          .replace(/\b\d+\b/, '#');
        const name = SENTENCES[family]?.[sentence];
        // Other sentences tell nothing of the network between the hosts.
        return name !== undefined && value !== undefined
          ? emit(name, value)
          : SENTENCE.test(text.trimEnd()) || /^\s+(?:Forwarding|RTO algorithm) is \w+/.test(text);
      },
    };
  },
};
