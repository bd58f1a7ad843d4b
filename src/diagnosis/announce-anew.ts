import type { Remedy } from '../core/finding.js';
import type { Announced } from '../model/announced.js';
import { interfacesOf } from '../model/interfaces.js';
import { restartAgent } from './agent.js';
import type { Case } from './cause.js';

/** Stands where the bundle does not show another address of the node. */
export const OWN_ADDRESS = 'OWN_ADDRESS';

/**
 * What makes a node known by another address, for each of those who announce the wrong one: kubelet, flannel, Calico.
 * `right` is the node's own address, or `OWN_ADDRESS`.
 */
export function announceAnew(given: Case, says: readonly Announced[], right: string): readonly Remedy[] {
  const [first] = says;
  if (first === undefined) return [];
  const { node, address } = first;
  const how = right === OWN_ADDRESS ? ` ${OWN_ADDRESS} is what ip addr on ${node} shows.` : '';
  const why = `${address} leads elsewhere${right === OWN_ADDRESS ? `.${how}` : `; ${node} has ${right}.`}`;
  const wrong: Wrong = { given, node, address, right, why };
  return [
    ...(says.some((s) => s.as.startsWith('flannel') || s.as === 'lease') ? flannel(wrong, says) : []),
    ...(says.some((s) => s.as.startsWith('Calico')) ? [calico(wrong)] : []),
    ...(says.some((s) => s.as === 'InternalIP' || s.as.startsWith('kubelet'))
      ? [
          kubelet(
            wrong,
            says.some((s) => s.as.startsWith('kubelet')),
          ),
        ]
      : []),
  ];
}

interface Wrong {
  readonly given: Case;
  readonly node: string;
  readonly address: string;
  readonly right: string;
  readonly why: string;
}

/** The key of the node's annotation with this address, and the value as it stands there. */
const annotation = ({ given, node, address }: Wrong, key: RegExp) =>
  given.facts.nodeAnnotations.find(
    (a) => given.cluster.named(a.node) === node && key.test(a.key) && a.value.split('/')[0] === address,
  );

/** flanneld writes the annotation when it starts, and the other nodes' take over what stands there (pkg/subnet/kube). */
function flannel(wrong: Wrong, says: readonly Announced[]): readonly Remedy[] {
  const { given, node, address, right, why } = wrong;
  const restart = restartAgent(given.cluster, node);
  const verify = `kubectl describe node ${node} | grep public-ip    # ${right}; then try the connection again`;
  const override = annotation(wrong, /public-ip(v6)?-overwrite$/);
  const anew: Remedy =
    override === undefined
      ? {
          command: restart,
          why: `flanneld takes the address of its interface when it starts, and announces it. ${why}`,
          verify,
          rollback: 'none needed: it announces what its interface has',
        }
      : {
          command: `kubectl annotate node ${node} ${override.key}- && ${restart}`,
          why: `The override holds an address that the node does not have. ${why}`,
          verify,
          rollback: `kubectl annotate node ${node} ${override.key}=${override.value}`,
        };
  const told = annotation(wrong, /public-ip(v6)?$/);
  if (told === undefined && says.every((s) => s.as !== 'flannel public-ip')) return [anew];
  const key = told?.key ?? 'flannel.alpha.coreos.com/public-ip';
  return [
    anew,
    {
      command: `kubectl annotate node ${node} --overwrite ${key}=${right}`,
      why: `At once: flannel on the other nodes takes the address from there, and writes its entries anew. ${why}`,
      verify: `bridge fdb show | grep ${right}    # on the other nodes; then try the connection again`,
      rollback: `kubectl annotate node ${node} --overwrite ${key}=${address}`,
    },
  ];
}

/** With Kubernetes as its datastore Calico keeps the address in an annotation, and calico-node writes it when it starts. */
function calico(wrong: Wrong): Remedy {
  const { given, node, address, right, why } = wrong;
  const length = interfacesOf(given.cluster, node).list.find((i) => i.address === right)?.prefix.length;
  const told = annotation(wrong, /^projectcalico\.org\/IPv[46]Address$/);
  const mask = length === undefined ? (told?.value.split('/')[1] ?? 'LENGTH') : String(length);
  const key = `ipv${address.includes(':') ? 6 : 4}Address`;
  const verify = `calicoctl node status    # on another node: ${right} up, Established; then try the connection again`;
  return told === undefined
    ? {
        command: `calicoctl patch node ${node} --patch '{"spec":{"bgp":{"${key}":"${right}/${mask}"}}}'`,
        why: `BIRD on the other nodes then asks for the session there. ${why} Restart its calico-node where it finds the address itself: ${restartAgent(given.cluster, node)}`,
        verify,
        rollback: `calicoctl patch node ${node} --patch '{"spec":{"bgp":{"${key}":"${address}/${mask}"}}}'`,
      }
    : {
        command: `kubectl annotate node ${node} --overwrite ${told.key}=${right}/${mask}`,
        why: `BIRD on the other nodes then asks for the session there. ${why} calico-node finds the address itself when it starts, unless IP is set in its environment: ${restartAgent(given.cluster, node)}`,
        verify,
        rollback: `kubectl annotate node ${node} --overwrite ${told.key}=${told.value}`,
      };
}

/** Where kubeadm, the packages and the resolver keep a node's address. Other files stay as they are. */
const KEPT = '/var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet /etc/sysconfig/kubelet /etc/hosts';
const FLAGS = '/var/lib/kubelet/kubeadm-flags.env';

/** A kubelet that was told an address is told another one; one that found it by the default route or the node's name is told now. */
function kubelet({ node, address, right, why }: Wrong, told: boolean): Remedy {
  const change = (from: string, to: string): string =>
    `grep -lswF ${from} ${KEPT} | xargs -r sed -i 's/\\<${from}\\>/${to}/g'; systemctl restart kubelet    # on ${node}`;
  return {
    command: told
      ? change(address, right)
      : `sed -i 's/"$/ --node-ip=${right}"/' ${FLAGS} && systemctl restart kubelet    # on ${node}`,
    why: `The API server then reaches the kubelet at ${right}. ${why}${told ? '' : ` Where kubeadm did not set up the node, give --node-ip=${right} where its kubelet has its options.`}`,
    verify: `kubectl get nodes -o wide | grep -w ${node}    # ${right}`,
    rollback: told
      ? change(right, address)
      : `sed -i 's/ --node-ip=${right}//' ${FLAGS} && systemctl restart kubelet    # on ${node}`,
  };
}
