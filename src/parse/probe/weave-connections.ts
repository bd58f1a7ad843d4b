import { canonicalAddress } from '../../core/address.js';
import { probe } from '../../core/event/log.js';
import { redact } from '../../core/redact.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { outcomeOf } from './probe-outcome.js';

/** `-> 10.30.5.12:6783       failed      dial tcp …: i/o timeout, retry: …`: what Weave's own connections came to. */
const LINE = /^(->|<-) \[?([0-9a-fA-F.:]+?)\]?:(\d{1,5}) +(connecting|failed|established|pending|retrying)\b *(.*)$/;

/**
 * `weave status connections`: one test of a peer's port per line. Grammar: weave's `status connections` template
 * (prog/weaver/http.go). An address of one's own, which every node lists, is no test.
 */
export const weaveConnections: Parser = {
  id: 'weave-connections',
  title: 'weave status connections',
  command: /^(?:weave\s|\S*\/weave\s)(?:--local )?status connections\b/,
  starts: (line) => LINE.test(asPrinted(line).trim()),
  open: (sink) => ({
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const [, arrow, host = '', port, state, rest = ''] = LINE.exec(text) ?? [];
      if (state === undefined) return false;
      const address = canonicalAddress(host);
      if (address === undefined || /cannot connect to ourself/.test(rest)) return true;
      const outcome = state === 'established' ? 'ok' : state === 'failed' ? (outcomeOf(rest) ?? 'error') : undefined;
      if (outcome !== undefined && arrow === '->')
        sink.emit(
          probe,
          {
            tool: 'weave',
            target: `${host}:${port}`,
            address,
            port: Number(port),
            outcome,
            detail: redact(text.slice(0, 400)),
          },
          at,
        );
      return true;
    },
  }),
};
