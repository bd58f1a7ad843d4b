# The node's subnet has no address left: pods stay in ContainerCreating. host-local counts files of pods that are long gone, too.

variant_a() { FLAVOUR=flannel-vxlan NODES="full-0 full-1 full-2" LAN=172.23.8 PODS=10.244 UPLINK=eth0 LAYOUT=folder COLLECT="full-2"; }
variant_b() { FLAVOUR=calico-bgp NODES="pool-a pool-b pool-c" LAN=10.70.7 PODS=10.130 UPLINK=ens3 LAYOUT=folder CONFIDENCE=proven COLLECT="pool-c"; LACKS=(B:rules B:ipset B:nstat B:conntrack kubectl:endpoints kubectl:services); }
inject() { sed -i -E "s#^(default\tweb-[^\t]+\t)1/1\tRunning\t0\t[^\t]+\t[^\t]+#\10/1\tContainerCreating\t0\t12m\t<none>#" "$RUN/k8s/pods"; }
taps() { :; }
tries() { control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local; }
extra() {
  local text
  if a; then
    text="failed to setup network for sandbox \"$(steady_hex sandbox 64)\": plugin type=\"flannel\" failed (add): failed to delegate add: failed to set bridge addr: failed to allocate for range 0: no IP addresses available in range set: ${SUBNET[$B]%.*}.1-${SUBNET[$B]%.*}.254"
  else
    text="failed to setup network for sandbox \"$(steady_hex sandbox 64)\": plugin type=\"calico\" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free blocks and strictaffinity enabled"
  fi
  kubelet_lines "$text" >"$OUT/$(place "$B" kubelet.log)"
}
findings() {
  if a; then
    fault "The range ${SUBNET[$B]} of $B has no address left for another pod."
    culprits "$B" "${SUBNET[$B]}"
  else
    fault "Calico's IPAM has no address left for a pod on $B: no free block, and strict affinity."
    culprits "$B"
  fi
}
