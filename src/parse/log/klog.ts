import { type LogHead, levelOf, nanoseconds } from './log-head.js';

const HEADER = /^([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{1,9})\s+\d+\s+[^\s\]]+?:(?:\d+|\?+)\] ?(.*)$/s;

/**
 * Header of klog and glog, `I0116 03:29:14.864069       1 main.go:209] message`: no year, no zone. File and line change with
 * every version and are dropped. Source: k8s.io/klog formatHeader.
 */
export function readKlog(text: string): LogHead | undefined {
  const m = HEADER.exec(text);
  if (m === null) return undefined;
  const timeNs = nanoseconds(`1970-${m[2]}-${m[3]}`, m[4]!, m[5]);
  // 29 February does not exist in 1970; the line is one all the same.
  if (timeNs === undefined && !(m[2] === '02' && m[3] === '29')) return undefined;
  return {
    form: 'klog',
    level: levelOf(m[1]!),
    timeNs,
    timeKind: timeNs === undefined ? 'none' : 'no-year',
    printed: `${m[2]}${m[3]} ${m[4]}.${m[5]}`,
    message: m[6]!,
  };
}
