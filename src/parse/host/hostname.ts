import { familyOf } from '../../core/address.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** A host name that tells hosts apart: no address, and not what an unconfigured machine is called. */
export function hostName(text: string): string | undefined {
  const name = text.trim();
  if (!/^[A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?$/.test(name) || familyOf(name) !== undefined) return undefined;
  return /^(?:localhost(?:\..*)?|none|unknown)$/i.test(name) ? undefined : name;
}

const CONTROL = /^\s*(Static|Transient) hostname:\s*(.*)$/;
/** The other lines of hostnamectl. */
const LABEL =
  /^\s*(?:Pretty hostname|Icon name|Chassis|Deployment|Location|Machine ID|Boot ID|Virtualization|Operating System|CPE OS Name|OS Support \w+|Kernel|Architecture|Hardware \w+|Firmware \w+|AF_VSOCK CID|OS \w+): /;
/** `hostnamectl --json=short`, all in one line, or `--json=pretty`, one member a line. `Hostname` is the kernel's. */
const JSON_NAME = /"(Hostname|StaticHostname)"\s*:\s*"([^"]*)"/g;
const JSON_LINE = /^\s*(?:[{}]$|\{?"[A-Z]\w+"\s*:)/;
const REFUSED = /^(?:hostname(?:ctl)?: |System has not been booted with systemd|Failed to (?:connect to|query|get) )/;

/** A file or command that holds the host's name alone (hostname(1), hostnamectl(1)); never recognised by content. */
export const hostname: Parser = {
  id: 'hostname',
  title: 'hostname, hostnamectl, /etc/hostname',
  command: /^hostname(?:ctl)?(?:\s|$)|^cat \/etc\/hostname$/,
  path: /(?:^|[/!])hostname(?:fqdn|_-f|ctl|ctl_status)?(?:\.(?:txt|md|out|log|json))?$/,
  starts: () => false,
  open(sink, section) {
    // `-i` and `-I` print addresses, `-d` the domain.
    const other = /^hostname\s+-{1,2}(?:[iIAdy]|ip|all|domain|yp|nis)/.test(section.command ?? '');
    let configured: string | undefined;
    let running: string | undefined;
    let values = 0;
    return {
      line(at) {
        const text = asPrinted(at.text);
        // Some collectors write Markdown around the command's output.
        if (text.trim() === '' || /^(?:```|# hostname)/.test(text)) return true;
        const control = CONTROL.exec(text);
        if (control?.[1] === 'Static') configured ??= hostName(control[2]!);
        else if (control !== null) running ??= hostName(control[2]!);
        if (control !== null || LABEL.test(text) || REFUSED.test(text)) return true;
        if (JSON_LINE.test(text)) {
          for (const [, key, value] of text.matchAll(JSON_NAME))
            if (key === 'Hostname') running ??= hostName(value!);
            else configured ??= hostName(value!);
          return true;
        }
        if (values++ > 0) return false;
        if (other) return /^[\da-fA-F.: \w-]+$/.test(text);
        running ??= hostName(text);
        return running !== undefined || /^[\w.():%-]+$/.test(text);
      },
      end() {
        // The name that the kernel has now is what kubelet and the logs use; hostnamectl shows it only when it differs.
        const name = running ?? configured;
        if (name !== undefined) sink.host(name, 'hostname-file');
      },
    };
  },
};
