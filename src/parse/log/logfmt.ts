import { type LogHead, levelOf, stamp } from './log-head.js';

const PAIR = /\s*([\w.\-/@]+)=("(?:[^"\\]|\\.)*"?|[^\s"]*)/y;
const ZAP = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d{4}))\s+(DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)\s+(\S.*)$/s;

/** A Go-quoted value without its quotes; escapes one level down. Bare words pass. */
export function goUnquote(value: string): string {
  if (!value.startsWith('"')) return value;
  const body = value.replace(/^"|"$/g, '');
  return body.replace(/\\(["\\ntr'])/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c === 'r' ? '' : c));
}

/**
 * logrus text (`time="…" level=info msg="…" key=value`, containerd, k3s, Docker, Cilium) and Go's slog text. The fields behind the
 * message stay in it, because there stands the reason (`error="dial tcp …"`). Source: sirupsen/logrus TextFormatter; log/slog.
 */
export function readLogfmt(text: string): LogHead | undefined {
  if (!/^(?:time|level|ts|t)=/.test(text)) return undefined;
  const fields: [string, string][] = [];
  PAIR.lastIndex = 0;
  for (let m = PAIR.exec(text); m !== null; m = PAIR.exec(text)) fields.push([m[1]!, m[2]!]);
  const find = (name: string) => fields.find(([key]) => key === name)?.[1];
  const level = find('level') ?? find('lvl');
  const msg = find('msg') ?? find('message');
  if (level === undefined || msg === undefined) return undefined;
  const time = find('time') ?? find('ts') ?? find('t');
  const others = fields.filter(([key]) => !/^(?:time|ts|t|level|lvl|msg|message|caller|source)$/.test(key));
  return {
    form: 'logfmt',
    level: levelOf(goUnquote(level)),
    ...(time === undefined ? { timeKind: 'none' as const } : stamp(goUnquote(time))),
    // Of these programs only Cilium names subsystems.
    component: find('subsys') === undefined ? undefined : 'cilium',
    message: [goUnquote(msg), ...others.map(([key, value]) => `${key}=${value}`)].join(' '),
  };
}

/** zap's console form: `2024-06-12T05:53:08.531Z  INFO  name  message`, columns apart by tabs. */
export function readZap(text: string): LogHead | undefined {
  const m = ZAP.exec(text);
  return m === null ? undefined : { form: 'zap', level: levelOf(m[2]!), ...stamp(m[1]!), message: m[3]! };
}

const scalar = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

/** zap's and component-base's JSON (`--logging-format=json`), etcd and Calico in JSON: one object a line. */
export function readJsonLog(text: string): LogHead | undefined {
  if (!text.startsWith('{"') || !text.endsWith('}') || !/"(?:msg|message)"\s*:/.test(text)) return undefined;
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = Object.entries(tree as Record<string, unknown>);
  const find = (...names: string[]) => scalar(fields.find(([key]) => names.includes(key))?.[1]);
  const message = find('msg', 'message');
  const time = find('ts', 'time', 'timestamp', '@timestamp');
  const level = find('level', 'severity', 'v');
  if (message === undefined || time === undefined || (level === undefined && find('err') === undefined))
    return undefined;
  const others = fields.flatMap(([key, value]) =>
    /^(?:msg|message|ts|time|timestamp|@timestamp|level|severity|v|caller)$/.test(key) || scalar(value) === undefined
      ? []
      : [`${key}=${scalar(value)}`],
  );
  // component-base prints seconds or milliseconds since 1970, zap seconds.
  const number = Number(time);
  const epoch = Number.isFinite(number)
    ? { timeNs: BigInt(Math.round(number * (number > 1e11 ? 1e6 : 1e9))), timeKind: 'epoch' as const, printed: time }
    : stamp(time);
  return {
    form: 'json',
    // component-base has a verbosity `v` instead of a level, and `err` for errors.
    level: level === undefined || /^\d+$/.test(level) ? (find('err') === undefined ? 'info' : 'error') : levelOf(level),
    ...epoch,
    message: [message, ...others].join(' '),
  };
}
