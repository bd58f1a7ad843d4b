import type { Cause } from '../cause.js';
import { ippoolOverlapsNodeNetwork } from './ippool-overlaps-node-network.js';
import { podCidrMismatch } from './pod-cidr-mismatch.js';
import { vtepAddressUnreachable } from './vtep-address-unreachable.js';

/** Every cause. The order decides between equals: the earliest place on the way that can be wrong comes first. */
export const CAUSES: readonly Cause[] = [podCidrMismatch, ippoolOverlapsNodeNetwork, vtepAddressUnreachable];
