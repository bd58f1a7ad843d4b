# Nothing is wrong. Each node has a second default route with a higher metric; a NodePort has externalTrafficPolicy Local and is asked for where
# the pod is; one capture has only what comes in, another only one direction by its filter.

variant_a() { FLAVOUR=flannel-vxlan NODES="nova-0 nova-1 nova-2" LAN=192.168.44 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=folder STATE=no-fault-found CONFIDENCE= COLLECT="nova-0 nova-1 nova-2"; }
before() { SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT/Local,$WEB:80"; }
inject() {
  local node
  SWITCH=spare
  switch spare
  for node in $NODES; do
    second_uplink "$node" "10.254.44.${ADDRESS[$node]##*.}/24" eth1
    on "$node" ip route add default via 10.254.44.1 dev eth1 metric 500
  done
  SWITCH=switch
}
taps() { tap "$A" "$UPLINK" pcap -Q in; tap "$B" "$UPLINK" nano; tap "$B" cni0 pcapng src host "$CLIENT"; tap "$CP" "$UPLINK" txt src host "${ADDRESS[$A]}"; }
tries() {
  everything_works
  control "the office to the NodePort where the pod is" hop2 curl -sfm 3 "http://${ADDRESS[$B]}:$NODE_PORT/"
}
findings() { fault "Nothing is wrong: the second default routes have a higher metric, the NodePort with externalTrafficPolicy Local is asked for where its pod is, and some captures have one direction only." ""; quiet; }
