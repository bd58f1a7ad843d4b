select distinct value from setting where component in ('flannel', 'canal') and key = 'Network';
select distinct value from setting where component = 'kube-controller-manager' and key = 'cluster-cidr';
select distinct unnest(pod_cidrs) from node where name = 'rke-worker1';
select distinct dev from route join place using (source) where node = 'rke-master1' and dst = '10.42.1.0/24';
select distinct value from counter join place using (source) where node = 'rke-master1' and name in ('TcpExtIPReversePathFilter', 'IPReversePathFilter');
