select distinct value from setting where key = 'FLANNEL_SUBNET';
select distinct lower(value) from setting where component = 'flannel' and key in ('backend', 'Backend.Type');
select distinct src from packet p where dst = '192.168.67.4' and ifname = 'flannel0' and flags = 'S' and node = 'slave1' and seen_by = 'capture' and not exists (select 1 from packet r where r.src = p.dst and r.dst = p.src and r.sport = p.dport and r.dport = p.sport);
select distinct regexp_extract(spec, '--to-destination ([\d.:]+)', 1) from nf_rule join place using (source) where node = 'slave1' and spec like '%--to-destination 192.168.67.4:%';
select distinct value from sysctl join place using (source) where node = 'slave2' and key = 'net.ipv4.conf.flannel0.rp_filter';
