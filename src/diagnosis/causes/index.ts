import type { Cause } from '../cause.js';
import { bgpNotEstablished } from './bgp-not-established.js';
import { cidrOverlap } from './cidr-overlap.js';
import { conntrackTableFull } from './conntrack-table-full.js';
import { duplicateNodeAddress } from './duplicate-node-address.js';
import { duplicatePodCidr } from './duplicate-pod-cidr.js';
import { duplicatePodIp } from './duplicate-pod-ip.js';
import { duplicateVtepMac } from './duplicate-vtep-mac.js';
import { forwardDrop } from './forward-drop.js';
import { hostFirewallDrop } from './host-firewall-drop.js';
import { ipForwardDisabled } from './ip-forward-disabled.js';
import { ippoolOverlapsNodeNetwork } from './ippool-overlaps-node-network.js';
import { missingMasquerade } from './missing-masquerade.js';
import { missingPodRoute } from './missing-pod-route.js';
import { neighbourTableFull } from './neighbour-table-full.js';
import { networkPolicyDrop } from './network-policy-drop.js';
import { nodeAddressMismatch } from './node-address-mismatch.js';
import { overlayParameterMismatch } from './overlay-parameter-mismatch.js';
import { overlayPortBlocked } from './overlay-port-blocked.js';
import { overlaySourceAddress } from './overlay-source-address.js';
import { podCidrMismatch } from './pod-cidr-mismatch.js';
import { podCidrNotAssigned } from './pod-cidr-not-assigned.js';
import { podRangeExhausted } from './pod-range-exhausted.js';
import { rpFilterDrop } from './rp-filter-drop.js';
import { staleBridgeAddress } from './stale-bridge-address.js';
import { staleVtep } from './stale-vtep.js';
import { vtepAddressUnreachable } from './vtep-address-unreachable.js';
import { wrongOverlayInterface } from './wrong-overlay-interface.js';

/** Every cause. The order decides between equals: the earliest place on the way that can be wrong comes first. */
export const CAUSES: readonly Cause[] = [
  podCidrMismatch,
  ippoolOverlapsNodeNetwork,
  podCidrNotAssigned,
  duplicatePodCidr,
  duplicatePodIp,
  duplicateNodeAddress,
  nodeAddressMismatch,
  vtepAddressUnreachable,
  overlaySourceAddress,
  missingPodRoute,
  rpFilterDrop,
  ipForwardDisabled,
  forwardDrop,
  overlayPortBlocked,
  hostFirewallDrop,
  networkPolicyDrop,
  missingMasquerade,
  wrongOverlayInterface,
  cidrOverlap,
  podRangeExhausted,
  staleBridgeAddress,
  overlayParameterMismatch,
  staleVtep,
  duplicateVtepMac,
  bgpNotEstablished,
  neighbourTableFull,
  conntrackTableFull,
];
