import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Required, not imported: to import its hundred CommonJS files Node parses each of them twice, which takes 0.2 s. */
export const duckdb = require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The C interface beneath. */
export const bindings = require('@duckdb/node-bindings') as typeof import('@duckdb/node-bindings');

/** Rows of one of its vectors. */
export const VECTOR = 2048;
