select distinct value from node_annotation where node = 'worker01' and key = 'flannel.alpha.coreos.com/public-ip';
select distinct address || ':' || port from endpoint where service = 'kubernetes';
select distinct mac from neighbour join place using (source) where node = 'master' and dev = 'flannel.1' and state = 'PERMANENT';
select distinct regexp_extract(spec, '--to-destination ([\d.:]+)', 1) from nf_rule join place using (source) where node = 'master' and chain like 'KUBE-SEP-%' and spec like '%--to-destination 10.244.%' and chain in (select target from nf_rule where chain = (select any_value(target) from nf_rule where chain = 'KUBE-SERVICES' and spec like '%-d 10.110.36.99/32%' and target like 'KUBE-SVC-%'));
select distinct via from route join place using (source) where node = 'worker01' and dst = '0.0.0.0/0';
