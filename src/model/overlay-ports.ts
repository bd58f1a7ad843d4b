/** UDP ports of envelopes: VXLAN (Linux and IANA), Geneve, flannel's udp back end, Weave's fast datapath. */
export const OVERLAY_PORTS: ReadonlySet<number> = new Set([8472, 4789, 6081, 8285, 6784]);

/**
 * Weave's peers: TCP 6783 to find each other, UDP 6783 for packets that its router encrypts or cannot give to the kernel (sleeve),
 * UDP 6784 for the kernel's (fast datapath). Without the first there is no overlay at all.
 */
export const WEAVE_PEER_PORT = 6783;
export const WEAVE_DATA_PORT = 6784;
