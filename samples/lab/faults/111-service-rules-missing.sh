# The client's node has no rules for a service: kube-proxy there has missed it, or does not run at all. The packets leave for the
# service's address by the default route.

variant_a() { FLAVOUR=flannel-host-gw NODES="svc-0 svc-1 svc-2" LAN=10.55.1 PODS=10.56 SVC=10.57 UPLINK=eth0 LAYOUT=folder; }
# The nat table is missing from the bundle: the listing of filter and the state of kube-proxy remain.
variant_b() { FLAVOUR=flannel-vxlan NODES="rk-m rk-1 rk-2" LAN=192.168.99 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=paste CONFIDENCE=likely COLLECT="rk-1"; LACKS=(A:rules A:nstat); }
inject() {
  if a; then
    on "$A" bash -c "$IPTABLES-save -t nat" | grep -v 'default/web:http' | grep -vE -- "$(kube_chain KUBE-SVC default/web:httptcp)|$(kube_chain KUBE-EXT default/web:httptcp)|$(kube_chain KUBE-SEP "default/web:httptcp$WEB:80")" >"$RUN/nat"
    on "$A" $IPTABLES-restore -T nat <"$RUN/nat"
  else
    unproxied
    sed -i -E "s#^(kube-system\tkube-proxy-$(steady_letters "proxy $A")\t)1/1\tRunning\t0#\10/1\tCrashLoopBackOff\t212 (3m4s ago)#" "$RUN/k8s/pods"
  fi
}
unproxied() {
  on "$A" bash -c "$IPTABLES -t nat -F; $IPTABLES -t nat -X; $IPTABLES -F; $IPTABLES -X"
  flannel_rules "$A" "$PODS.0.0/16" "${SUBNET[$A]}"
}
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$A" cni0 nano; }
tries() {
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "another node to the service" "$CP" curl -sfm 3 "http://$WEB_SERVICE/"
  if a; then control "pod to another service" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
  else complaint "pod to the cluster's DNS" client "${SMALL[@]}" resolve "$DNS" web.default.svc.cluster.local; fi
}
extra() {
  a && return
  at "$A.txt" "$A" "~"
  pasted "crictl logs --tail 3 \$(crictl ps -a --name kube-proxy -q)" <<LOG
$(klog $((CLOCK - 184)).611832 E proxier.go:716 "\"Error cleaning up nftables rules\" err=\"Another app is currently holding the xtables lock. Perhaps you want to use the -w option?\"" | sed 's/nftables/iptables/')
$(klog $((CLOCK - 184)).612040 F server.go:511 'unable to create proxier: iptables is not available on this host')
LOG
}
findings() {
  if a; then
    fault "$A has no rules for the service default/web ($WEB_SERVICE), which the other nodes have: its packets leave untranslated for the gateway."
    culprits "$A" "$WEB_SERVICE"
  else
    fault "kube-proxy does not run on $A and has left no rules there: packets for any service ($WEB_SERVICE, $DNS) leave untranslated for the gateway."
    culprits "$A"
    to_collect iptables-save "$A"
    unanswered_dns $DNS "${ADDRESS[$A]}"
  fi
  # Masqueraded on the way to the gateway.
  symptom unreplied-syn critical $WEB_SERVICE
  everywhere "$SYN && ip.dst == $WEB_SERVICE"
}
remedy() {
  repair_as "kubectl -n kube-system delete pod kube-proxy-$(steady_letters "proxy $A")" "$A" $IPTABLES -t nat -F
  on "$A" $IPTABLES -t nat -X
  on "$A" $IPTABLES -F
  on "$A" $IPTABLES -X
  rules "$A"
}
