# kube-proxy and flannel write their rules with iptables-nft, somebody else with iptables-legacy: both sets of rules apply, and the policy of
# FORWARD in the legacy tables is DROP.

variant_a() { FLAVOUR=flannel-vxlan NODES="deb-m deb-a deb-b" LAN=10.64.10 PODS=10.244 UPLINK=ens18 LAYOUT=folder; }
# Only the nft rules were taken; iptables-save warns of the others.
variant_b() {
  FLAVOUR=flannel-host-gw NODES="u22-0 u22-1 u22-2" LAN=192.168.17 PODS=10.77 SVC=10.78 UPLINK=eno2 LAYOUT=paste STATE=suspected CONFIDENCE=possible
  LACKS=(B:other-rules B:nstat)
}
inject() { (IPTABLES=iptables-legacy; docker "$B" 2>/dev/null); on "$B" iptables-legacy -P FORWARD DROP; }
taps() { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" nano; }
# As a newer iptables-save puts it at its end, on standard error.
as_iptables() {
  on "$1" "$IPTABLES-save" "${@:2}"
  [ "$1" != "$B" ] || echo "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them"
}
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
  control "pod to another pod" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "On $B the rules of kube-proxy and flannel are in the nf_tables back end and accept, while the legacy back end has Docker's rules and the policy DROP in FORWARD, which drops what comes for $WEB."
  culprits "$B" $(a && echo FORWARD)
  a || to_collect iptables-legacy-save "$B"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() { repair "$B" "iptables-legacy -P FORWARD ACCEPT"; }
