import { answer, doubt, type MatchReader, type Predicate, type Sight } from '../sight.js';

/** True when the device is the one that a rule names; `eth+` is every name that begins with `eth`. */
export function deviceTest(pattern: string): (device: string) => boolean {
  if (!pattern.endsWith('+')) return (device) => device === pattern;
  const prefix = pattern.slice(0, -1);
  return (device) => device.startsWith(prefix);
}

const reader =
  (side: 'iif' | 'oif'): MatchReader =>
  (options) =>
    options.map((option): Predicate => {
      const test = deviceTest(option.values[0] ?? '');
      return (sight) => {
        const device = sight.crossing[side];
        if (device === undefined && isKnownHere(side, sight))
          return doubt(
            side,
            `the ${side === 'iif' ? 'input' : 'output'} device of the packet`,
            'tcpdump -nn -e -i any',
          );
        return answer(test(device ?? ''), option.negated);
      };
    });

/** Devices that the kernel has at a hook; elsewhere the name is empty and `-i eth0` does not hold. */
function isKnownHere(side: 'iif' | 'oif', { crossing }: Sight): boolean {
  return side === 'iif'
    ? crossing.hook === 'PREROUTING' || crossing.hook === 'INPUT' || crossing.hook === 'FORWARD'
    : crossing.hook === 'OUTPUT' || crossing.hook === 'FORWARD' || crossing.hook === 'POSTROUTING';
}

/** `-i` and `-o` (`ifname_compare_aligned`; the name is empty where the hook has no such device). */
export const inInterface = reader('iif');
export const outInterface = reader('oif');
