import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * What a script was given (see `parseArgs`), which its first comment says the use of: `--help` prints that and ends with 0, what cannot be
 * ends with 2 and a message.
 *
 * @param {string} script its `import.meta.url`
 * @param {import('node:util').ParseArgsConfig} config
 */
export function given(script, config) {
  const file = fileURLToPath(script);
  try {
    const parsed = parseArgs({ ...config, options: { ...config.options, help: { type: 'boolean', short: 'h' } } });
    if (parsed.values.help !== true) return parsed;
  } catch (error) {
    // The first sentence: the others are about arguments that begin with a dash.
    process.stderr.write(`${basename(file)}: ${error.message.split('. ')[0]}; --help says what there is\n`);
    process.exit(2);
  }
  const comment = /^\/\*\*(.*?)\*\//s.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  process.stdout.write(`${comment.replace(/^[ ]?\*?[ ]?/gm, '').trim()}\n`);
  process.exit(0);
}
