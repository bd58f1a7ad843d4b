# A NodePort with externalTrafficPolicy Local, asked for on a node without an endpoint: dropped there without a word.

variant_a() { FLAVOUR=flannel-vxlan NODES="lb-1 lb-2 lb-3" LAN=10.12.34 UPLINK=eth0 LAYOUT=folder; }
# No rules of the node that drops: the service itself says Local.
variant_b() {
  FLAVOUR=calico-bgp NODES="on-m on-a on-b" LAN=172.18.60 PODS=10.240 SVC=10.241 UPLINK=ens192 LAYOUT=dump CONFIDENCE=likely
  LACKS=(A:rules A:conntrack A:nstat)
}
before() { SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT/Local,$WEB:80"; }
inject() { :; }
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$B" "$UPLINK" pcap; }
tries() {
  complaint "the office to the NodePort" hop2 curl -sSm 3.6 "http://${ADDRESS[$A]}:$NODE_PORT/"
  control "the office to the NodePort where the pod is" hop2 curl -sfm 3 "http://${ADDRESS[$B]}:$NODE_PORT/"
  control "pod to service" client curl -sfm 3 "http://$WEB_SERVICE/"
}
extra() { save "$(a && echo kubectl/service-web.yaml || echo cluster-info/service-web.yaml)" service_yaml Local; }
service_yaml() {
  cat <<YAML
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "$(k8s_created $AGE)"
  name: web
  namespace: default
  uid: $(k8s_uid "service web")
spec:
  clusterIP: $WEB_SERVICE
  clusterIPs:
  - $WEB_SERVICE
  externalTrafficPolicy: $1
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    nodePort: $NODE_PORT
    port: 80
    protocol: TCP
    targetPort: 80
  selector:
    app: web
  sessionAffinity: None
  type: NodePort
status:
  loadBalancer: {}
YAML
}
findings() {
  fault "The NodePort $NODE_PORT of default/web has externalTrafficPolicy Local and its only pod is on $B, so $A drops what $OUTSIDE sends to ${ADDRESS[$A]}:$NODE_PORT. On $B it works."
  culprits "$A" "${ADDRESS[$A]}"
  a || to_collect iptables-save "$A"
  symptom unreplied-syn warning "${ADDRESS[$A]}" $OUTSIDE
  everywhere "$SYN && ip.src == $OUTSIDE && ip.dst == ${ADDRESS[$A]}"
}
remedy() {
  local node
  SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,$WEB:80"
  repair_as "kubectl -n default patch service web -p '{\"spec\":{\"externalTrafficPolicy\":\"Cluster\"}}'" "$A" true
  for node in $NODES; do
    on "$node" bash -c "for t in filter nat; do $IPTABLES-save -t \$t | grep -v KUBE >/tmp/ptlab-\$\$; $IPTABLES-restore -T \$t </tmp/ptlab-\$\$; rm /tmp/ptlab-\$\$; done"
    kubeproxy "$node" "$PODS.0.0/16" "${SERVICES[@]}"
  done
}
