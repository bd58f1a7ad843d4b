/** Takes secrets out of free text before it is stored: tokens, passwords, keys, credentials in addresses. */

const NAMES =
  '(?:[\\w-]{0,40}(?:passw(?:or)?d|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential)s?|authorization|psk)';
/** `password="x y"`, `"token": "x"`. */
const QUOTED = new RegExp(`(\\b${NAMES}["'\\\\]*\\s*[=:]\\s*)(\\\\*["'])(?:(?!\\2).)+?\\2`, 'gi');
/** `token=x`, `--token x`, Go's `{etcdPassword:x …`; no space after a colon, where prose goes on. */
const BARE = new RegExp(`((?:\\b${NAMES}["'\\\\]*[=:]|--${NAMES}\\s+))(?!["'\\\\\\[])[^\\s,;&"')\\]}]+`, 'gi');
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
// Of several in one word the first alone: each would read to its end.
const JWT = /\beyJ(?<!\beyJ[\w-]*?eyJ)[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g;
const USERINFO = /(:\/\/)[^/\s@"':]*:[^/\s@"']*@/g;
/** kubeadm's bootstrap tokens stand alone on a command line. */
const BOOTSTRAP = /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g;
/** One of the above may be there: the least of each that tells, so that millions of lines without any cost little. */
const ANY = /@|p(?:ass|sk)|key|oken|ecret|redent|uthor|earer|asic|eyJ|\.[a-z0-9]{16}/i;

/** The text with every secret that can be told by its name or shape replaced by `[redacted]`. */
export function redact(text: string): string {
  if (!ANY.test(text)) return text;
  return text
    .replace(BEARER, '$1 [redacted]')
    .replace(QUOTED, '$1$2[redacted]$2')
    .replace(BARE, '$1[redacted]')
    .replace(JWT, '[redacted]')
    .replace(USERINFO, '$1[redacted]@')
    .replace(BOOTSTRAP, '[redacted]');
}
