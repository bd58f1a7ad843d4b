import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * The database's own malloc (jemalloc, which reads this when its library is loaded; see its manual, "TUNING"): as it is set there, memory
 * that a query has given back stays with the process for a second, in two places. 100 ms and one place take no longer.
 */
process.env['DUCKDB_JE_MALLOC_CONF'] ??= 'narenas:1,dirty_decay_ms:100,muzzy_decay_ms:0';

/** Required, not imported: to import its hundred CommonJS files Node parses each of them twice, which takes 0.2 s. */
export const duckdb = require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The C interface beneath. */
export const bindings = require('@duckdb/node-bindings') as typeof import('@duckdb/node-bindings');

/** Rows of one of its vectors. */
export const VECTOR = 2048;
