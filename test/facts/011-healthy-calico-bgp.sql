select distinct cidr from ippool;
select distinct via from route join place using (source) where node = 'node3' and dst = '10.233.75.0/26' and "table" = 'main';
select distinct dst from route join place using (source) where node = 'node2' and type = 'blackhole';
select distinct dev from route join place using (source) where node = 'node3' and dst = '10.233.71.67/32';
select distinct info from bgp_peer join place using (source) where node = 'node1' and peer = '192.168.60.13';
