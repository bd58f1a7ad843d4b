select distinct cidr from ippool;
select distinct via from route join place using (source) where node = 'k8s-master-1' and dst = '0.0.0.0/0';
select distinct address || ':' || port from endpoint where namespace = 'default' and service = 'kubernetes';
select distinct dev from route join place using (source) where node = 'k8s-node-1' and dst = '192.168.236.10/32';
select distinct member from ipset_member join place using (source) where node = 'k8s-node-1' and set = 'cali40all-ipam-pools';
