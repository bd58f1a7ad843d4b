select distinct value from setting where component = 'canal' and key = 'Network';
select distinct value from setting where component = 'network-policy' and object like '%audit-web%' and key = 'podSelector';
select distinct dst from fdb join place using (source) where node = 'k8s-node-2' and mac = '3a:c8:15:e4:7b:90' and dst is not null;
select distinct member from ipset_member join place using (source) where node = 'k8s-node-2' and set like 'cali40s%';
select path[2] from probe join source using (source) where tool = 'traceroute' and netns is not null;
