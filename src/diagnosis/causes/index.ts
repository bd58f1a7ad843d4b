import type { Cause } from '../cause.js';
import { asymmetricRoute } from './asymmetric-route.js';
import { bgpNotEstablished } from './bgp-not-established.js';
import { blackholeRoute } from './blackhole-route.js';
import { bridgeNetfilterDisabled } from './bridge-netfilter-disabled.js';
import { cidrOverlap } from './cidr-overlap.js';
import { cniAgentFailed } from './cni-agent-failed.js';
import { cniConfigMissing } from './cni-config-missing.js';
import { conntrackInsertRace } from './conntrack-insert-race.js';
import { conntrackTableFull } from './conntrack-table-full.js';
import { duplicateNodeAddress } from './duplicate-node-address.js';
import { duplicatePodCidr } from './duplicate-pod-cidr.js';
import { duplicatePodIp } from './duplicate-pod-ip.js';
import { duplicateVtepMac } from './duplicate-vtep-mac.js';
import { forwardDrop } from './forward-drop.js';
import { hostFirewallDrop } from './host-firewall-drop.js';
import { ipForwardDisabled } from './ip-forward-disabled.js';
import { ippoolOverlapsNodeNetwork } from './ippool-overlaps-node-network.js';
import { localTrafficPolicyNoEndpoint } from './local-traffic-policy-no-endpoint.js';
import { missingMasquerade } from './missing-masquerade.js';
import { missingPodRoute } from './missing-pod-route.js';
import { mixedIptablesBackends } from './mixed-iptables-backends.js';
import { mtuBlackhole } from './mtu-blackhole.js';
import { neighbourTableFull } from './neighbour-table-full.js';
import { networkPolicyDrop } from './network-policy-drop.js';
import { nextHopOffLink } from './next-hop-off-link.js';
import { nodeAddressMismatch } from './node-address-mismatch.js';
import { overlayParameterMismatch } from './overlay-parameter-mismatch.js';
import { overlayPortBlocked } from './overlay-port-blocked.js';
import { overlaySourceAddress } from './overlay-source-address.js';
import { podCidrMismatch } from './pod-cidr-mismatch.js';
import { podCidrNotAssigned } from './pod-cidr-not-assigned.js';
import { podRangeExhausted } from './pod-range-exhausted.js';
import { rpFilterDrop } from './rp-filter-drop.js';
import { serviceRulesMissing } from './service-rules-missing.js';
import { serviceWithoutEndpoint } from './service-without-endpoint.js';
import { staleBridgeAddress } from './stale-bridge-address.js';
import { staleConntrackEntry } from './stale-conntrack-entry.js';
import { staleVtep } from './stale-vtep.js';
import { underlayDrop } from './underlay-drop.js';
import { vtepAddressUnreachable } from './vtep-address-unreachable.js';
import { vxlanChecksumOffload } from './vxlan-checksum-offload.js';
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
  blackholeRoute,
  nextHopOffLink,
  rpFilterDrop,
  asymmetricRoute,
  ipForwardDisabled,
  forwardDrop,
  overlayPortBlocked,
  hostFirewallDrop,
  networkPolicyDrop,
  bridgeNetfilterDisabled,
  missingMasquerade,
  wrongOverlayInterface,
  cidrOverlap,
  podRangeExhausted,
  staleBridgeAddress,
  overlayParameterMismatch,
  staleVtep,
  duplicateVtepMac,
  vxlanChecksumOffload,
  mtuBlackhole,
  bgpNotEstablished,
  neighbourTableFull,
  conntrackTableFull,
  conntrackInsertRace,
  staleConntrackEntry,
  serviceWithoutEndpoint,
  localTrafficPolicyNoEndpoint,
  serviceRulesMissing,
  cniConfigMissing,
  cniAgentFailed,
  mixedIptablesBackends,
  underlayDrop,
];
