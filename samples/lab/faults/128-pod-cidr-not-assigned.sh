# The controller manager gives the server's node no pod subnet (its range is used up, or --allocate-node-cidrs is off), so flannel there
# waits and fails, and no pod gets an address.

variant_a() { FLAVOUR=flannel-vxlan NODES="na-0 na-1 na-2" LAN=10.17.2 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# No log of the CNI: the node object and the kubelet's words.
variant_b() { FLAVOUR=canal NODES="late-a late-b late-c" LAN=192.168.15 PODS=10.42 SVC=10.43 UPLINK=ens3 LAYOUT=folder CONFIDENCE=likely; LACKS=("A:*" B:nstat B:conntrack kubectl:endpoints kubectl:services); }
# What a node has on which the agent does not come up: nothing of the overlay, no pods.
unborn() {
  on "$B" ip link del $OVERLAY 2>/dev/null || true
  on "$B" ip link del cni0 2>/dev/null || true
  local node
  for node in $CP $A; do on "$node" ip route del "${SUBNET[$B]}" 2>/dev/null || true; done
  sed -i -E "s#^(default\tweb-[^\t]+\t)1/1\tRunning\t0\t[^\t]+\t[^\t]+#\10/1\tContainerCreating\t0\t12m\t<none>#" "$RUN/k8s/pods"
}
inject() {
  unborn
  awk -F'\t' -v OFS='\t' -v node="$B" '$1 == node { $3 = "none" } { print }' "$RUN/k8s/nodes" >"$RUN/k8s/nodes2"
  mv "$RUN/k8s/nodes2" "$RUN/k8s/nodes"
  : >"$RUN/k8s/annotations-$B"
  sed -i -E "s#^($(agent_namespace)\t$(agent_pod "$B")\t)1/1\tRunning\t0#\10/1\tCrashLoopBackOff\t7 (92s ago)#" "$RUN/k8s/pods"
}
taps() { :; }
tries() { control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local; }
extra() {
  local s=$((CLOCK - 92))
  if a; then
    { klog $s.418210 I main.go:540 "Found network config - Backend type: vxlan"
      klog $s.418377 I match.go:206 "Determining IP address of default interface"
      klog $s.419002 I match.go:259 "Using interface with name $UPLINK and address ${ADDRESS[$B]}"
      klog $s.419114 I match.go:281 "Defaulting external address to interface address (${ADDRESS[$B]})"
      klog $s.419260 I vxlan.go:141 "VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false"
      klog $s.427703 E main.go:332 "Error registering network: failed to acquire lease: node \"$B\" pod cidr not assigned"
      klog $s.427844 I main.go:520 "Stopping shutdownHandler..."; } >"$OUT/kubectl/$(agent_pod "$B").log"
  fi
  kubelet_lines "failed to setup network for sandbox \"$(steady_hex sandbox 64)\": plugin type=\"flannel\" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory" >"$OUT/$(place "$B" kubelet.log)"
}
findings() {
  fault "$B has no podCIDR, so the CNI's agent there cannot get its lease and its pods get no address."
  culprits "$B"
  a || to_collect "kubectl logs" "$(agent_pod "$B")"
}
