# The node was given another subnet, but cni0 kept the address of the old one: the bridge plugin refuses to add pods.

variant_a() { FLAVOUR=flannel-vxlan NODES="re-0 re-1 re-2" LAN=10.19.4 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# Without kubelet's words: addresses against the node object.
variant_b() { FLAVOUR=flannel-host-gw NODES="reset-m reset-x reset-y" LAN=192.168.83 PODS=10.42 SVC=10.43 UPLINK=enp1s0 LAYOUT=dump CONFIDENCE=likely COLLECT="reset-y"; LACKS=(B:nstat B:conntrack); }
inject() {
  OLD=$PODS.9.1
  on "$B" ip addr flush dev cni0
  on "$B" ip addr add "$OLD/24" brd + dev cni0
  sed -i -E "s#^(default\tweb-[^\t]+\t)1/1\tRunning\t0\t[^\t]+\t[^\t]+#\10/1\tContainerCreating\t0\t12m\t<none>#" "$RUN/k8s/pods"
}
taps() { ! a || tap "$B" "$OVERLAY" pcap; }
tries() {
  complaint "pod to the old pod" client curl -sSm 3.6 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
extra() {
  ! a || kubelet_lines "failed to setup network for sandbox \"$(steady_hex sandbox 64)\": plugin type=\"flannel\" failed (add): failed to delegate add: failed to set bridge addr: \"cni0\" already has an IP address different from ${SUBNET[$B]%.*}.1/24" >"$OUT/$(place "$B" kubelet.log)"
}
findings() {
  fault "cni0 of $B still has $OLD/24, while the node's subnet is ${SUBNET[$B]}: pods get no address there, and what came for ${SUBNET[$B]} is not on its bridge."
  culprits "$B" "cni0" "$OLD"
  a || to_collect "journalctl -u kubelet" "$B"
  ! a || silent $WEB $CLIENT
}
remedy() { repair "$B" "ip addr add ${SUBNET[$B]%.*}.1/24 brd + dev cni0 && ip addr del $OLD/24 dev cni0"; }
