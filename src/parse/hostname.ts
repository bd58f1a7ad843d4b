import { familyOf } from '../core/address.js';
import type { Parser } from './parser.js';
import { asPrinted } from './pasted.js';

/** A host name that tells hosts apart: no address, and not what an unconfigured machine is called. */
export function hostName(text: string): string | undefined {
  const name = text.trim();
  if (!/^[A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?$/.test(name) || familyOf(name) !== undefined) return undefined;
  return /^(?:localhost(?:\..*)?|none|unknown)$/i.test(name) ? undefined : name;
}

const CONTROL = /^\s*(Static|Transient|Pretty) hostname:\s*(.*)$/;

/** A file or command that holds the host's name alone (hostname(1), hostnamectl(1)); never recognised by content. */
export const hostname: Parser = {
  id: 'hostname',
  title: 'hostname, hostnamectl, /etc/hostname',
  command: /^hostname(?:ctl)?(?:\s|$)|^cat \/etc\/hostname$/,
  path: /(?:^|[/!])hostname(?:fqdn|_-f|ctl|ctl_status)?(?:\.(?:txt|md|out|log))?$/,
  starts: () => false,
  open(sink, section) {
    // `-i` and `-I` print addresses, `-d` the domain.
    const other = /^hostname\s+-{1,2}(?:[iIAdy]|ip|all|domain|yp|nis)/.test(section.command ?? '');
    let known = false;
    let lines = 0;
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '' || /^(?:#|```)/.test(text)) return true;
        lines++;
        const control = CONTROL.exec(text);
        if (control === null && /^\s*[A-Z][\w ]+: /.test(text)) return true;
        if (/^hostname: /.test(text)) return true;
        if (other) return true;
        const name = hostName(control === null ? text : control[2]!);
        if (control?.[1] === 'Pretty') return true;
        if (name === undefined || known) return control !== null || (name === undefined && lines === 1);
        known = true;
        sink.host(name, 'hostname-file');
        return true;
      },
    };
  },
};
