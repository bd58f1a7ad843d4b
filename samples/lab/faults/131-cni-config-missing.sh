# There is no CNI configuration on the node: the container runtime says so every five seconds, and the node is NotReady.

variant_a() { FLAVOUR=calico-bgp NODES="nocni-1 nocni-2 nocni-3" LAN=10.41.1 PODS=10.155 UPLINK=eth0 LAYOUT=folder COLLECT="nocni-3"; }
variant_b() { FLAVOUR=flannel-vxlan NODES="kata-m kata-a kata-b" LAN=192.168.61 PODS=10.42 SVC=10.43 UPLINK=ens3 LAYOUT=folder CONFIDENCE=proven COLLECT="kata-b"; LACKS=("B:*" kubectl:endpoints kubectl:services kubectl:network); }
inject() {
  sed -i -E "s#^(default\tweb-[^\t]+\t)1/1\tRunning\t0\t[^\t]+\t[^\t]+#\10/1\tContainerCreating\t0\t12m\t<none>#" "$RUN/k8s/pods"
}
taps() { :; }
tries() { control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local; }
extra() {
  local s=$((CLOCK - 61)) turn
  mkdir -p "$OUT/$B"
  for turn in 0 5 10 15 20 25; do
    echo "$(date -u -d "@$((s + turn))" '+%b %d %H:%M:%S') $B kubelet[1013]: $(klog $((s + turn)).$((611207 + turn * 13)) E kubelet.go:2855 '"Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"' | sed 's/       1 /    1013 /')"
    ! a || [ $turn != 10 ] || echo "$(date -u -d "@$((s + turn))" '+%b %d %H:%M:%S') $B containerd[811]: time=\"$(date -u -d "@$((s + turn))" +%Y-%m-%dT%H:%M:%S).118301944Z\" level=error msg=\"failed to load cni during init, please check CRI plugin status before setting up network for pods\" error=\"cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config\""
  done >"$OUT/$(place "$B" kubelet.log)"
}
findings() {
  fault "There is no CNI configuration in /etc/cni/net.d of $B, so no pod gets a network there."
  culprits "$B"
}
