# A network policy selects the web pod and allows others than the client: Calico's chains drop the packets at the pod's veth.

variant_a() { FLAVOUR=calico-bgp NODES="pol-cp pol-w1 pol-w2" LAN=10.31.5 PODS=10.244 UPLINK=ens4 LAYOUT=folder; }
# No rules of the pod's node, but the policy.
variant_b() { FLAVOUR=canal NODES="rnch-0 rnch-1 rnch-2" LAN=192.168.250 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=dump CONFIDENCE=likely; LACKS=(B:rules B:ipset B:conntrack B:nstat); }
policies() {
  local set
  [ "$1" = "$B" ] || return 0
  set=$(felix_selector "(projectcalico.org/orchestrator == 'k8s' && projectcalico.org/namespace == 'default') && role == 'frontend'")
  calico_ipset "$B" "$set" hash:net
  calico_policy "${POD_VETH[web]}" default/knp.default.web-from-frontend "-p tcp -m set --match-set $set src -m multiport --destination-ports 80"
  FRONTEND=$set
}
inject() { :; }
taps() { if a; then tap "$A" "$UPLINK" nano; tap "$B" any sll2; else tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" pcapng; fi; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
  control "pod to another pod" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
extra() { save "$(a && echo kubectl/ || echo cluster-info/default/)networkpolicies.yaml" policy_yaml; }
policy_yaml() {
  cat <<YAML
apiVersion: v1
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata:
    creationTimestamp: "$(k8s_created 1d)"
    generation: 1
    name: web-from-frontend
    namespace: default
    uid: $(k8s_uid "policy $PODS")
  spec:
    ingress:
    - from:
      - podSelector:
          matchLabels:
            role: frontend
      ports:
      - port: 80
        protocol: TCP
    podSelector:
      matchLabels:
        app: web
    policyTypes:
    - Ingress
kind: List
metadata:
  resourceVersion: ""
YAML
}
findings() {
  fault "The network policy default/web-from-frontend allows port 80 of $WEB to pods with role=frontend only, which the client $CLIENT has not: Calico on $B drops its packets at ${POD_VETH[web]}."
  culprits "$WEB" "$CLIENT"
  a || to_collect iptables-save "$B"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() { repair_as "kubectl -n default label pod $(pod_name client) role=frontend" "$B" ipset add "$FRONTEND" "$CLIENT"; }
