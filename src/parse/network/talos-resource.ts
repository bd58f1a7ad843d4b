import type { Parser } from '../parser.js';
import { type TalosDocument, TalosDocuments } from './talos-document.js';
import { emitAddress, emitLinkStatus, emitRoute, emitRule, emitSetting } from './talos-rows.js';

/** `    type: RouteStatuses.net.talos.dev`: the line of a resource's metadata that no other format has. */
const TYPE = /^ {2,8}type: [A-Z][A-Za-z0-9]*\.(?:[a-z0-9]+\.)*talos\.dev$/;
const PATH =
  /(?:^|[/!])(?:routestatuses|addressstatuses|linkstatuses|routingrulestatuses|hostnamestatuses)\.net\.talos\.dev\.ya?ml$|(?:^|[/!])nodenames\.kubernetes\.talos\.dev\.ya?ml$|(?:^|[/!])kernelparamstatuses\.runtime\.talos\.dev\.ya?ml$/;
/** Links wait for the end, because they name each other by index. */
const MOST_LINKS = 20_000;

/**
 * Resources of Talos Linux, as `talosctl support` (`NODE/resources/*.yaml`) and `talosctl get … -o yaml` print them. Those that show the
 * kernel's state are read: routes, addresses, links, routing rules, settings, and the name of the Kubernetes node.
 */
export const talosResource: Parser = {
  id: 'talos-resource',
  title: 'Talos resources as YAML (talosctl support, talosctl get routes|addresses|links -o yaml)',
  command: /^talosctl\s(?:.*\s)?get\s.*(?:-o\s?=?|--output[= ])yaml\b/,
  path: PATH,
  starts: (line) => TYPE.test(line),
  open(sink) {
    const links: TalosDocument[] = [];
    const documents = new TalosDocuments((document) => {
      switch (/^[A-Za-z0-9]+/.exec(document.metadata.get('type')!.value)?.[0]) {
        case 'RouteStatuses':
          return emitRoute(sink, document);
        case 'AddressStatuses':
          return emitAddress(sink, document);
        case 'RoutingRuleStatuses':
          return emitRule(sink, document);
        case 'KernelParamStatuses':
          return emitSetting(sink, document);
        case 'LinkStatuses':
          if (links.length < MOST_LINKS) links.push(document);
          return undefined;
        case 'Nodenames': {
          const name = document.spec.get('nodename')?.value;
          if (name !== undefined && /^[a-z0-9][a-z0-9.-]*$/i.test(name)) sink.host(name, 'hostname-file');
          return undefined;
        }
      }
    });
    return {
      line: (at) => documents.feed(at),
      end() {
        documents.end();
        const names = new Map(
          links.map(({ metadata, spec }) => [spec.get('index')?.value, metadata.get('id')?.value] as const),
        );
        for (const one of links)
          emitLinkStatus(sink, one, (index) => (index === undefined ? undefined : names.get(String(index))));
      },
    };
  },
};
