import { describe, expect, it } from 'vitest';
import { talosResource } from '../../src/parse/network/talos-resource.js';
import { annotate, goldenTests } from './harness.js';

describe('talos-resource', () => {
  goldenTests(talosResource);

  it('starts on the type of a resource only', () => {
    expect(talosResource.starts('    type: RouteStatuses.net.talos.dev')).toBe(true);
    expect(talosResource.starts('    type: KernelParamStatuses.runtime.talos.dev')).toBe(true);
    expect(talosResource.starts('  type: LoadBalancer')).toBe(false);
    expect(talosResource.starts('metadata:')).toBe(false);
    expect(talosResource.starts('the type: RouteStatuses.net.talos.dev')).toBe(false);
  });

  it('reads a paste that begins within the metadata, and takes no other YAML for its own', () => {
    const text =
      '    type: RouteStatuses.net.talos.dev\n    id: inet4/10.5.0.1//1024\nspec:\n    family: inet4\n    dst: ""\n    gateway: 10.5.0.1\n    outLinkName: eth0\n';
    expect(annotate(talosResource, text, { path: 'x.txt' })).toContain('dst=0.0.0.0/0 via=10.5.0.1 dev=eth0');
    const object = annotate(talosResource, 'apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n', { path: 'x.txt' });
    expect(object).not.toContain(' > ');
    expect(object).toContain('?');
  });

  it('keeps nothing of what is redacted, cut or not a network’s', () => {
    for (const spec of ['spec: <REDACTED>', 'spec:\n    family: inet4', 'spec:\n    dst: not-a-prefix'])
      expect(
        annotate(talosResource, `metadata:\n    type: RouteStatuses.net.talos.dev\n    id: inet4///0\n${spec}\n`, {
          path: 'x',
        }),
      ).not.toContain(' > ');
    expect(
      annotate(
        talosResource,
        'metadata:\n    type: OSRoots.secrets.talos.dev\n    id: os\nspec:\n    token: abc\n    nodename: "; rm"\n',
        { path: 'x' },
      ),
    ).not.toContain(' > ');
  });
});
