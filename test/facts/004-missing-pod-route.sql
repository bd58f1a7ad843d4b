select via from route join place using (source) where node = 'longinus-node-1' and dst = '0.0.0.0/0';
select distinct node from pod where name = 'pod-env-demo';
select distinct dev from route join place using (source) where place.node = 'longinus-node-3' and dst = '10.244.1.0/24';
select distinct mac from link join place using (source) where node = 'longinus-node-1' and ifname = 'flannel.1';
select path[1] from probe where tool = 'traceroute';
