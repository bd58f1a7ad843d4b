/**
 * `npm run test:kernel`: compares podtrail's model with what this machine's kernel does, in network namespaces.
 * `-- journeys` for one of the suites; CASES=1000 for more of it, SEED=n for others, SEED=n CASES=1 CASE=m to replay a packet.
 */
import { prepare } from './build-if-needed.mjs';
import { whyNoNamespaces } from './namespaces.mjs';
import { vitest } from './vitest.mjs';

const why = whyNoNamespaces();
if (why !== undefined) {
  process.stderr.write(`The kernel test needs root and network namespaces: ${why}.\n`);
  process.exit(1);
}
prepare();
const asked = process.argv.slice(2);
const suites =
  asked.length === 0 ? ['test/kernel/'] : asked.map((name) => (name.startsWith('-') ? name : `test/kernel/${name}`));
process.exit(vitest(suites, { JOURNEYS: '600', ...process.env }));
