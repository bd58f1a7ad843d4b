import type { Placed } from './facts.js';

/** What an address is. */
export type AddressRole =
  | 'pod'
  | 'pod-range'
  | 'service'
  | 'node'
  | 'vtep'
  | 'gateway'
  | 'loopback'
  | 'multicast'
  | 'link-local'
  | 'outside'
  | 'unknown';

/** Whose an address is, and the line that says so. */
export interface Owner {
  readonly role: AddressRole;
  readonly node?: string | undefined;
  /** Pod, service or interface. */
  readonly name?: string | undefined;
  readonly at?: Placed | undefined;
}
