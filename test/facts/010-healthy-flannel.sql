select distinct unnest(pod_cidrs) from node where name = 'k8s-w-2';
select distinct address from interface_address join place using (source) where node = 'k8s-w-2' and ifname = 'flannel.1' and family = 4;
select distinct dst from fdb join place using (source) where node = 'k8s-w-1' and mac = 'c6:9e:45:d7:82:3f' and dst is not null;
select distinct node_port from service_port where namespace = 'default' and service = 'web';
select distinct value from setting where key = 'Network' and component = 'flannel';
