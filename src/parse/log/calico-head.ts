import { type LogHead, levelOf, stamp } from './log-head.js';

const HEADER =
  /^(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{1,9})\s?)?\[([A-Z][A-Z0-9]{2,8})\]\s?\[(\d+)(?:\/\w+)?\]\s?(?:([\w-]+)\/)?([\w.-]+?)[: ](?:\d+|<nil>): ?(.*)$/s;
const BIRD = /^(?:(\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.\d+) )?(bird6?): (.*)$/s;

/**
 * Header of Calico's programs, `2024-06-12 05:53:08.531 [INFO][1] startup/startup.go 107: message key=value`; a comma before the
 * milliseconds and `[pid/greenlet]` in the Python Felix; the time may be lost in a paste. Source: projectcalico/calico lib/logrusr and libcalico-go lib/logutils.
 */
export function readCalico(text: string): LogHead | undefined {
  const m = HEADER.exec(text);
  if (m === null) return undefined;
  const file = m[5]!;
  const module = /^calico\.(\w+)/.exec(file)?.[1];
  return {
    form: 'calico',
    level: levelOf(m[2]!),
    ...(m[1] === undefined ? { timeKind: 'none' as const } : stamp(m[1])),
    // Before 3.22 the file's name alone tells the program.
    component: m[4] ?? module ?? (/^(?:startup|autodetection\w*)\.go$/.test(file) ? 'startup' : undefined),
    message: m[6]!,
  };
}

/** BIRD on stderr: `bird: Mesh_10_0_0_5: State changed to up`, no time, no level; svlogd's files have a time in front. */
export function readBird(text: string): LogHead | undefined {
  const m = BIRD.exec(text);
  if (m === null) return undefined;
  return {
    form: 'bird',
    ...(m[1] === undefined ? { timeKind: 'none' as const } : stamp(m[1])),
    component: m[2],
    // Two processes write at once: `bird: bird: device1: …`.
    message: m[3]!.replace(/^(?:bird6?: )+/, ''),
  };
}
