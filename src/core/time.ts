/** How a time stamp is known. Two times may be compared only when both kinds allow it. */
export const TIME_KINDS = [
  /** Absolute: nanoseconds since 1970-01-01 UTC. */
  'epoch',
  /** Date and time without a zone: as if it were UTC. */
  'no-zone',
  /** Month, day and time, no year, no zone: as if in 1970, UTC. */
  'no-year',
  /** Time of day only: nanoseconds since midnight. */
  'time-of-day',
  /** Seconds since the machine started. */
  'since-boot',
  /** Difference to the line before or to the first line. */
  'relative',
  'none',
] as const;
export type TimeKind = (typeof TIME_KINDS)[number];
