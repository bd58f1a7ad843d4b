import type { MapNode } from '../../core/exhibits.js';

/** odd: at fault. differs: something is found on it, and it is not blamed. */
export const markOf = ({ odd, differs }: MapNode): 'odd' | 'differs' | undefined =>
  odd.length > 0 ? 'odd' : differs.length > 0 ? 'differs' : undefined;

/** What is said of a node: first what it is blamed for. */
export const saidOf = ({ odd, differs }: MapNode): readonly string[] => [...odd, ...differs];

/** What a node is known by, one line each. */
export function nodeLines({ addresses, podCidrs, vteps, collected }: MapNode): readonly string[] {
  return [
    ...addresses.map(({ address, device }) => (device === undefined ? address : `${address} ${device}`)),
    ...podCidrs.map((cidr) => `pods ${cidr}`),
    ...vteps.map(({ device, address, mac, local }) =>
      [device, address ?? mac, local !== undefined && `from ${local}`].filter(Boolean).join(' '),
    ),
    ...(collected ? [] : ['nothing collected from it']),
  ];
}
