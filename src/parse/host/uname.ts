import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { hostName } from './hostname.js';

/** `Linux NODE RELEASE #BUILD …`: all of `uname -a` on Linux begins so (uname(1), POSIX `uname`). */
const ALL = /^\s*Linux\s+(\S+)\s+\d+\.\d+\S*\s+#\d+\S*\s/;

/** `uname -a`: its second word is the name that the kernel has for this host. */
export const uname: Parser = {
  id: 'uname',
  title: 'uname -a',
  command: /^uname(?:\s|$)/,
  path: /(?:^|[/!])uname(?:_-a|--a)?(?:\.(?:txt|md|out|log))?$/,
  starts: (line) => ALL.test(asPrinted(line)),
  open: (sink) => ({
    line(at) {
      const text = asPrinted(at.text);
      const name = ALL.exec(text)?.[1];
      if (name === undefined)
        return /^\s*(?:# uname.*|```.*|Linux|\d+\.\d+\.\d+(?:[-+][\w.+~-]+)?|x86_64|aarch64|)\s*$/.test(text);
      const known = hostName(name);
      if (known !== undefined) sink.host(known, 'uname');
      return true;
    },
  }),
};
