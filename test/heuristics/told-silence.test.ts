import { describe, expect, it } from 'vitest';
import { analyzed, serious, symptoms } from '../bundle-folder.js';

describe('silence that somebody wrote down', () => {
  it('a curl that was given up', async () => {
    const report = await analyzed({
      'paste.txt':
        '[root@alpha ~]# curl 10.61.2.7:8080\n^C\n[root@alpha ~]# ip route\ndefault via 192.168.77.1 dev ens3 \n',
    });
    expect(symptoms(report)).toEqual(['unreplied-syn']);
    expect(serious(report)[0]).toMatchObject({ confidence: 'likely' });
    expect(serious(report)[0]?.subjects).toEqual(expect.arrayContaining(['10.61.2.7', 'alpha']));
  });

  it('a ping without a reply, but not of a service', async () => {
    const ping = (to: string): string =>
      `[root@alpha ~]# ping -c 3 ${to}\nPING ${to} (${to}) 56(84) bytes of data.\n\n--- ${to} ping statistics ---\n3 packets transmitted, 0 received, 100% packet loss, time 2045ms\n\n`;
    expect(symptoms(await analyzed({ 'paste.txt': ping('10.61.2.7') }))).toEqual(['unreplied-icmp']);
    const services =
      'NAMESPACE   NAME         TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE\ndefault     kubernetes   ClusterIP   10.100.0.1     <none>        443/TCP   9d\n';
    expect(symptoms(await analyzed({ 'svc.txt': services, 'paste.txt': ping('10.100.0.1') }))).toEqual([]);
  });

  it('is silent on a curl that works', async () => {
    const report = await analyzed({
      'paste.txt':
        '[root@alpha ~]# curl -sI 10.61.2.7:8080\nHTTP/1.1 200 OK\nServer: nginx\n\n[root@alpha ~]# hostname\nalpha\n',
    });
    expect(symptoms(report)).toEqual([]);
  });
});
