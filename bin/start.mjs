/** `npm start -- analyze BUNDLE`: the command from a clone, installed and built on first use. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './build-if-needed.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'cli', 'main.js')).href);
