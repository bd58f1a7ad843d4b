import { canonicalAddress } from '../../core/address.js';

/** What a Go network error says: code, target, and the port in `value`. */
export interface NetworkError {
  readonly code: string;
  readonly address?: string | undefined;
  /** The near end, when printed. */
  readonly address2?: string | undefined;
  readonly value?: string | undefined;
}

/** Tail of an operation's error, first match wins. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:i\/o timeout|io timeout|connect: connection timed out|connection timed out|connect: operation timed out)/i,
    'timeout',
  ],
  [/^(?:connect: )?connection refused/i, 'refused'],
  [/^(?:connect: )?(?:no route to host|host is unreachable)/i, 'no-route'],
  [/^(?:connect: )?network is (?:unreachable|down)/i, 'net-unreachable'],
  [/^(?:(?:read|write|connect): )?(?:connection reset by peer|broken pipe)/i, 'reset'],
  [/^(?:(?:sendto|sendmsg|connect|write): )?(?:operation not permitted|permission denied)/i, 'not-permitted'],
  [/^(?:connect: |bind: )?cannot assign requested address/i, 'bad-source'],
  [/^(?:context deadline exceeded|operation was canceled|context canceled)/i, 'canceled'],
];

const HOSTPORT = '(\\[[^\\]\\s]+\\]|[\\w.:-]*?):(\\d{1,5})';
const OPERATION = new RegExp(`\\b(dial|read|write) (?:tcp|udp)[46]? (?:${HOSTPORT}->)?${HOSTPORT}: (.{1,80})`, 'i');
const LOOKUP = new RegExp(`\\blookup ([\\w.-]+)(?: on ${HOSTPORT})?: (.{1,200})`, 'i');
const URL_ERROR =
  /(?:Get|Post|Put|Patch|Delete|Head|Watch) "?\[?(https?):\/\/(\[[^\]\s]+\]|[\w.-]+?)\]?(?::(\d+))?\]?(?:\/[^\s"]*)?"?: (.*)$/i;

const addressOf = (printed: string | undefined): string | undefined =>
  printed === undefined ? undefined : canonicalAddress(printed.replace(/^\[|\]$/g, '').replace(/%\w+$/, ''));

/**
 * The network failure in a message of any Go program, or undefined. Codes: OPERATION-REASON, with OPERATION dial (TCP connect), read,
 * write (an established or UDP exchange) and REASON timeout, refused, no-route, net-unreachable, reset, not-permitted, bad-source,
 * canceled; `dns-timeout`, `dns-no-such-host`, `dns-failed` for a name that was looked up (value: the name; `dns-timeout` has the
 * server's address and port, and is also an answer over UDP from port 53 that did not come); `http-timeout`, `tls-timeout`, `tls-failed`, `http-unauthorized` for a request to the URL's host.
 * Grammar: Go package net, OpError.Error and DNSError.Error; net/url Error.
 */
export function networkError(message: string): NetworkError | undefined {
  const lookup = message.includes('lookup ') ? LOOKUP.exec(message) : null;
  if (lookup !== null) {
    const server = { address: addressOf(lookup[2]), value: lookup[3] };
    const reason = lookup[4]!;
    if (/i\/o timeout|deadline exceeded/i.test(reason)) return { code: 'dns-timeout', ...server };
    if (/no such host/i.test(reason)) return { code: 'dns-no-such-host', address: server.address, value: lookup[1] };
    return { code: 'dns-failed', address: server.address, value: lookup[1] };
  }
  const op = OPERATION.exec(message);
  if (op !== null) {
    const reason = REASONS.find(([pattern]) => pattern.test(op[6]!))?.[1];
    // A name as target says nothing of addresses; a listener's `listen tcp` is not ours.
    // An exchange over UDP with port 53 is a query, whoever asked: CoreDNS's forwarder names no lookup.
    const query = op[5] === '53' && reason === 'timeout' && /\bread udp/i.test(op[0]);
    if (reason !== undefined)
      return {
        code: query ? 'dns-timeout' : `${op[1]!.toLowerCase()}-${reason}`,
        address: addressOf(op[4]),
        address2: addressOf(op[2]),
        value: op[5],
      };
  }
  const url = URL_ERROR.exec(message);
  if (url === null) return undefined;
  const target = { address: addressOf(url[2]), value: url[3] ?? (url[1] === 'https' ? '443' : '80') };
  const reason = url[4]!;
  if (/TLS handshake timeout/i.test(reason)) return { code: 'tls-timeout', ...target };
  if (/^(?:x509|tls|remote error: tls)/i.test(reason)) return { code: 'tls-failed', ...target };
  if (/deadline exceeded|Client\.Timeout|request canceled|i\/o timeout/i.test(reason))
    return { code: 'http-timeout', ...target };
  if (/^(?:un|Un)authorized|connection is unauthorized/i.test(reason)) return { code: 'http-unauthorized', ...target };
  return undefined;
}
