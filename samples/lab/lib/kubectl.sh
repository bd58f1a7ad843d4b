# The API objects of the sample's cluster, and kubectl's output of them. There is no API server: a sample registers
# its nodes, pods and services once, and every table and YAML is made from that.

#   k8s_node NAME ADDRESS POD-CIDR|none ROLES AGE        k8s_annotate NODE KEY VALUE
#   k8s_pod NAMESPACE NAME READY STATUS RESTARTS AGE ADDRESS NODE
#   k8s_service NAMESPACE NAME TYPE CLUSTER-IP PORTS AGE SELECTOR ENDPOINTS
K8S_VERSION=v1.28.2
K8S_OS="Ubuntu 22.04.3 LTS"
K8S_KERNEL=5.15.0-91-generic
K8S_RUNTIME=containerd://1.7.11

row() { local IFS=$'\t'; echo "$*"; }
k8s_node() { row "$@" >>"$RUN/k8s/nodes"; }
k8s_annotate() { row "$2" "$3" >>"$RUN/k8s/annotations-$1"; }
k8s_pod() { row "$@" >>"$RUN/k8s/pods"; }
k8s_service() { row "$@" >>"$RUN/k8s/services"; }

# table: tab-separated rows in, kubectl's columns out: at least 6 wide, 3 blanks between, the last one not padded.
table() {
  awk -F'\t' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) + 3 > width[i]) width[i] = length($i) + 3 }; n[NR] = NF }
    END { for (r = 1; r <= NR; r++) { line = ""; for (i = 1; i <= n[r]; i++) line = line (i < n[r] ? sprintf("%-" (width[i] < 6 ? 6 : width[i]) "s", cell[r, i]) : cell[r, i]); print line } }'
}

# kubectl_nodes: get nodes -o wide
kubectl_nodes() {
  { row NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME
    while IFS=$'\t' read -r name address cidr roles age; do
      row "$name" Ready "$roles" "$age" $K8S_VERSION "$address" "<none>" "$K8S_OS" $K8S_KERNEL $K8S_RUNTIME
    done < <(sort "$RUN/k8s/nodes"); } | table
}

# kubectl_pods [NAMESPACE]: get pods -A -o wide, or -n NAMESPACE -o wide
kubectl_pods() {
  local only=${1:-}
  { row ${only:-NAMESPACE} NAME READY STATUS RESTARTS AGE IP NODE "NOMINATED NODE" "READINESS GATES"
    while IFS=$'\t' read -r namespace name ready status restarts age address node; do
      [ -z "$only" ] || [ "$only" = "$namespace" ] || continue
      row "$namespace" "$name" "$ready" "$status" "$restarts" "$age" "$address" "$node" "<none>" "<none>"
    done < <(sort "$RUN/k8s/pods"); } | if [ -n "$only" ]; then cut -f2- ; else cat; fi | table
}

# kubectl_services: get svc -A -o wide        kubectl_endpoints: get endpoints -A
kubectl_services() {
  { row NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP "PORT(S)" AGE SELECTOR
    while IFS=$'\t' read -r namespace name type cluster_ip ports age selector _; do
      row "$namespace" "$name" "$type" "$cluster_ip" "<none>" "$ports" "$age" "$selector"
    done < <(sort "$RUN/k8s/services"); } | table
}
kubectl_endpoints() {
  { row NAMESPACE NAME ENDPOINTS AGE
    while IFS=$'\t' read -r namespace name _ _ _ age _ endpoints; do
      row "$namespace" "$name" "$endpoints" "$age"
    done < <(sort "$RUN/k8s/services"); } | table
}

# k8s_days_ago AGE: "28d" as an RFC 3339 time before the sample's clock.
k8s_created() { date -u -d "@$((CLOCK - ${1%d} * 86400))" +%Y-%m-%dT%H:%M:%SZ; }

# kubectl_nodes_yaml: get nodes -o yaml, without the parts that say nothing about networks
kubectl_nodes_yaml() {
  echo "apiVersion: v1"
  echo "items:"
  while IFS=$'\t' read -r name address cidr roles age; do
    [ "$cidr" != none ] || cidr=
    cat <<YAML
- apiVersion: v1
  kind: Node
  metadata:
    annotations:
$(sort "$RUN/k8s/annotations-$name" 2>/dev/null | while IFS=$'\t' read -r key value; do
        case $value in *[\"{}]*|true|false) echo "      $key: '$value'" ;; *) echo "      $key: $value" ;; esac
      done)
    creationTimestamp: "$(k8s_created "$age")"
    labels:
      beta.kubernetes.io/arch: amd64
      beta.kubernetes.io/os: linux
      kubernetes.io/arch: amd64
      kubernetes.io/hostname: $name
      kubernetes.io/os: linux
$([ "$roles" = "<none>" ] || echo "      node-role.kubernetes.io/$roles: \"\"")
    name: $name
    uid: $(k8s_uid "node/$name")
  spec:
$([ -z "$cidr" ] || printf '    podCIDR: %s\n    podCIDRs:\n    - %s\n' "$cidr" "$cidr")
  status:
    addresses:
    - address: $address
      type: InternalIP
    - address: $name
      type: Hostname
    conditions:
    - message: kubelet is posting ready status
      reason: KubeletReady
      status: "True"
      type: Ready
    nodeInfo:
      architecture: amd64
      containerRuntimeVersion: $K8S_RUNTIME
      kernelVersion: $K8S_KERNEL
      kubeProxyVersion: $K8S_VERSION
      kubeletVersion: $K8S_VERSION
      operatingSystem: linux
      osImage: $K8S_OS
YAML
  done < <(sort "$RUN/k8s/nodes") | sed '/^$/d'
  printf 'kind: List\nmetadata:\n  resourceVersion: ""\n'
}
k8s_uid() { steady_hex "$1" 32 | sed -E 's/(.{8})(.{4})(.{4})(.{4})/\1-\2-\3-\4-/'; }

# kubectl_describe_node NAME: the network part of describe node
kubectl_describe_node() {
  local wanted=$1
  while IFS=$'\t' read -r name address cidr roles age; do
    [ "$cidr" != none ] || cidr=
    [ "$name" = "$wanted" ] || continue
    printf '%-20s%s\n' Name: "$name" Roles: "$roles" Labels: "kubernetes.io/hostname=$name" Annotations: \
      "$(sort "$RUN/k8s/annotations-$name" | awk -F'\t' 'NR > 1 { printf "%20s", "" } { print $1 ": " $2 }')"
    printf '%-20s%s\n' CreationTimestamp: "$(date -u -d "$(k8s_created "$age")" '+%a, %d %b %Y %H:%M:%S +0000')" Taints: "<none>" Unschedulable: false
    printf 'Addresses:\n  InternalIP:  %s\n  Hostname:    %s\n' "$address" "$name"
    [ -z "$cidr" ] || printf 'PodCIDR:                      %s\nPodCIDRs:                     %s\n' "$cidr" "$cidr"
  done <"$RUN/k8s/nodes"
}
kubectl_describe_nodes() {
  local name between=
  while IFS=$'\t' read -r name _; do
    printf %s "$between"
    kubectl_describe_node "$name"
    between=$'\n\n'
  done < <(sort "$RUN/k8s/nodes")
}

# kubectl_nodes_json: get nodes -o json, with the same parts as the YAML
kubectl_nodes_json() {
  while IFS=$'\t' read -r name address cidr roles age; do
    [ "$cidr" != none ] || cidr=
    sort "$RUN/k8s/annotations-$name" 2>/dev/null | jq -R 'split("\t") | {(.[0]): .[1]}' | jq -s --arg name "$name" --arg address "$address" \
      --arg cidr "$cidr" --arg role "$roles" --arg created "$(k8s_created "$age")" --arg uid "$(k8s_uid "node/$name")" \
      --arg os "$K8S_OS" --arg kernel "$K8S_KERNEL" --arg runtime "$K8S_RUNTIME" --arg version "$K8S_VERSION" '{
        apiVersion: "v1", kind: "Node",
        metadata: {
          annotations: add, creationTimestamp: $created,
          labels: ({"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": $name, "kubernetes.io/os": "linux"} + if $role == "<none>" then {} else {("node-role.kubernetes.io/" + $role): ""} end),
          name: $name, uid: $uid},
        spec: (if $cidr == "" then {} else {podCIDR: $cidr, podCIDRs: [$cidr]} end),
        status: {
          addresses: [{address: $address, type: "InternalIP"}, {address: $name, type: "Hostname"}],
          conditions: [{message: "kubelet is posting ready status", reason: "KubeletReady", status: "True", type: "Ready"}],
          nodeInfo: {architecture: "amd64", containerRuntimeVersion: $runtime, kernelVersion: $kernel, kubeProxyVersion: $version,
            kubeletVersion: $version, operatingSystem: "linux", osImage: $os}}}'
  done < <(sort "$RUN/k8s/nodes") | jq -s --indent 4 '{apiVersion: "v1", items: ., kind: "List", metadata: {resourceVersion: ""}}'
}

# kubectl_dump_nodes, kubectl_dump_pods NAMESPACE, kubectl_dump_services NAMESPACE: files of `kubectl cluster-info dump`, lists
# whose items do not repeat their kind.
kubectl_dump_nodes() { kubectl_nodes_json | jq --indent 4 '{kind: "NodeList", apiVersion: "v1", metadata: {resourceVersion: ""}, items: [.items[] | del(.apiVersion, .kind)]}'; }
kubectl_dump_pods() {
  jq -R --arg namespace "$1" --argjson nodes "$(jq -R 'split("\t") | {(.[0]): .[1]}' "$RUN/k8s/nodes" | jq -s add)" '
    split("\t") | select(.[0] == $namespace) | . as [$_, $name, $ready, $status, $restarts, $age, $address, $node] | ($name | sub("-[0-9a-z]+(-[0-9a-z]{5})?$"; "")) as $app | {
      metadata: {name: $name, namespace: $namespace, labels: {app: $app}},
      spec: ({nodeName: $node, containers: [{name: $app}]} + if $nodes[$node] == $address then {hostNetwork: true} else {} end),
      status: {phase: $status, hostIP: $nodes[$node], podIP: $address, podIPs: [{ip: $address}]}}' "$RUN/k8s/pods" |
    jq -s --indent 4 '{kind: "PodList", apiVersion: "v1", metadata: {resourceVersion: ""}, items: sort_by(.metadata.name)}'
}
kubectl_dump_services() {
  jq -R --arg namespace "$1" 'split("\t") | select(.[0] == $namespace) | . as [$_, $name, $type, $address, $ports, $age, $selector] | {
      metadata: {name: $name, namespace: $namespace},
      spec: ({ports: [$ports | split(",")[] | capture("^(?<port>[0-9]+)(:(?<node>[0-9]+))?/(?<protocol>[A-Z]+)$") |
          {protocol, port: (.port | tonumber)} + if .node then {nodePort: (.node | tonumber)} else {} end],
        clusterIP: $address, clusterIPs: [$address], type: $type} +
        if $selector == "<none>" then {} else {selector: ($selector | split("=") | {(.[0]): .[1]})} end),
      status: {loadBalancer: {}}}' "$RUN/k8s/services" |
    jq -s --indent 4 '{kind: "ServiceList", apiVersion: "v1", metadata: {resourceVersion: ""}, items: sort_by(.metadata.name)}'
}

# kubelet_lines TEXT…: kubelet's complaint about a pod that it cannot start, as journalctl shows it, every 14 s. $B is the node.
kubelet_lines() {
  local s=$((CLOCK - 61)) text turn
  for turn in 0 1 2 3; do
    for text in "$@"; do
      echo "$(date -u -d "@$((s + turn * 14))" '+%b %d %H:%M:%S') $B kubelet[987]: $(klog $((s + turn * 14)).$((204418 + turn * 911)) E pod_workers.go:1294 "\"Error syncing pod, skipping\" err=\"failed to \\\"CreatePodSandbox\\\" for \\\"$(pod_name web)_default\\\" with CreatePodSandboxError: \\\"rpc error: code = Unknown desc = ${text//\"/\\\\\\\"}\\\"\" pod=\"default/$(pod_name web)\"" | sed 's/       1 /     987 /')"
    done
  done
}
