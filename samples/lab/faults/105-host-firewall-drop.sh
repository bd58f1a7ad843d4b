# A node's own firewall drops what is for the node itself: the API server, the kubelet.

variant_a() {
  FLAVOUR=flannel-vxlan NODES="api-1 wk-1 wk-2" LAN=10.15.15 PODS=10.96 SVC=10.112 UPLINK=ens18 LAYOUT=folder COLLECT="api-1 wk-1"
}
# Without the rules of the node that drops.
variant_b() {
  FLAVOUR=calico-vxlan NODES="rhel-cp rhel-wa rhel-wb" LAN=192.168.144 PODS=10.244 UPLINK=ens224 LAYOUT=calico CONFIDENCE=likely COLLECT="rhel-cp rhel-wa"
  LACKS=("*/nodes/rhel-wa/iptables*" "*/nodes/rhel-wa/nft*")
}
inject() {
  if a; then
    on "$CP" $IPTABLES-restore --noflush <<RULES
*filter
-I INPUT 1 -s ${ADDRESS[$B]}/32 -p tcp -m tcp --dport 6443 -j ACCEPT
-I INPUT 2 -i lo -j ACCEPT
-I INPUT 3 -p tcp -m tcp --dport 6443 -j DROP
COMMIT
RULES
  else
    firewall_services "$A" 22 80
    # Felix keeps its jump at the top; its VXLAN rule accepts the tunnel.
    on "$A" $IPTABLES -D INPUT -m comment --comment "$(on "$A" $IPTABLES-save | sed -nE 's/^-A INPUT -m comment --comment "(cali:[^"]+)" -j cali-INPUT$/\1/p')" -j cali-INPUT
    on "$A" $IPTABLES -I INPUT 1 -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT
  fi
}
taps() { tap "$CP" "$UPLINK" nano; ! a || tap "$A" "$UPLINK" pcap; }
tries() {
  if a; then
    complaint "pod to the API server" client "${SMALL[@]}" keepalive "$API" 443 0.5
    complaint "node to the API server" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$CP]}" 6443 0.5
    control "another node to the API server" "$B" "${SMALL[@]}" keepalive "${ADDRESS[$CP]}" 6443 0.5
  else
    complaint "API server to the kubelet" "$CP" "${SMALL[@]}" keepalive "${ADDRESS[$A]}" 10250 0.5
    control "API server to another kubelet" "$CP" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  fi
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "ping" "$CP" ping -nc 2 -i 0.2 "${ADDRESS[$A]}"
}
findings() {
  if a; then
    fault "INPUT of $CP drops TCP 6443 from everybody but ${ADDRESS[$B]}: neither $A nor its pods (masqueraded to ${ADDRESS[$A]}) reach the API server. Pod to pod and ping work."
    culprits "$CP" "${ADDRESS[$CP]}"
    silent "${ADDRESS[$CP]}" "${ADDRESS[$A]}"
    symptom rule-drop warning "${ADDRESS[$CP]}" "${ADDRESS[$A]}" "$CP"
    lines "$CP/iptables-save.txt" '^\[[1-9].*-A INPUT -p tcp -m tcp --dport 6443 -j DROP$'
  else
    fault "INPUT of $A rejects TCP 10250 with ICMP host prohibited, so the API server on $CP does not reach its kubelet. Pod to pod, ping and the other kubelets work."
    culprits "$A" "${ADDRESS[$A]}"
    to_collect iptables-save "$A"
    icmp_error "${ADDRESS[$A]}" "${ADDRESS[$CP]}" 3 10
  fi
}
remedy() {
  if a; then repair "$CP" "iptables -I INPUT 1 -s $LAN.0/24 -p tcp -m tcp --dport 6443 -j ACCEPT"
  else repair "$A" "iptables -I INPUT 2 -s $LAN.0/24 -p tcp -m tcp --dport 10250 -j ACCEPT"; fi
}
