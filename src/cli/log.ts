import { destination, type Logger, pino } from 'pino';

interface Levels {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel: string;
}

/** The log: JSON lines on standard error, synchronous so that nothing is lost at exit. */
export function makeLogger({ quiet, verbose, logLevel }: Levels): Logger {
  const level = quiet === true ? 'silent' : verbose === true && logLevel === 'warn' ? 'info' : logLevel;
  return pino({ level, base: null }, destination({ dest: 2, sync: true }));
}
