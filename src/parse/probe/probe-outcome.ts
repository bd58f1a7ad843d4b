/** What became of a test by hand, as table `probe` names it. */
export type Outcome =
  | 'ok'
  | 'partial'
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'dns-failure'
  | 'interrupted'
  | 'error';

/** Texts of errno (strerror(3)), getaddrinfo (gai_strerror(3)) and the tools' own words for the same. First match wins. */
const WORDS: readonly (readonly [RegExp, Outcome])[] = [
  [/connection refused/i, 'refused'],
  [/connection reset|reset by peer/i, 'reset'],
  [
    /could ?n.t resolve|not resolve host|unable to resolve|can't resolve|bad address|unknown host|name or service not known|failure in name resolution|no address associated|nodename nor servname|getaddrinfo|NXDOMAIN|SERVFAIL/i,
    'dns-failure',
  ],
  [
    /no route to host|(?:network|host|net) (?:is )?unreachable|unreachable|prohibited|packet filtered|invalid argument|time to live exceeded/i,
    'unreachable',
  ],
  [
    /tim(?:ed?|ing) ?-?out|timeout was reached|\btimeout\b|no servers could be reached|operation now in progress/i,
    'timeout',
  ],
];

/** The outcome that an error text of a tool tells, or undefined when it tells none. */
export function outcomeOf(text: string): Outcome | undefined {
  return WORDS.find(([form]) => form.test(text))?.[1];
}
