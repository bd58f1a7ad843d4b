/** What `dist/program/podtrail.cjs` gives: everything, each part loaded when it is asked for. */

/** The command line; see `main`. */
export const command = async (argv: readonly string[]): Promise<void> => (await import('../cli/main.js')).main(argv);

/** A worker of the pool, from its first message on. */
export const worker = (): Promise<unknown> => import('../jobs/worker.js');

/** What other programs import. */
export const api = (): Promise<typeof import('../index.js')> => import('../index.js');
