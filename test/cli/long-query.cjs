/**
 * Loaded into podtrail by `node --require`: the database's next statement that begins with LONG_QUERY takes hours, by itself and on the
 * connection that it was meant for. Writes "long query" to standard error when it begins.
 */
const Module = require('node:module');

const load = Module._load;
let slowed;

const slow = (bindings) =>
  new Proxy(
    {},
    {
      get: (_, name) =>
        name === 'query'
          ? (connection, sql) => {
              if (!sql.trimStart().startsWith(process.env.LONG_QUERY)) return bindings.query(connection, sql);
              process.stderr.write('long query\n');
              return bindings.query(connection, 'SELECT sum(hash(range)::HUGEINT) FROM range(10000000000000)');
            }
          : bindings[name],
    },
  );

Module._load = function (request, ...more) {
  const loaded = load.call(this, request, ...more);
  if (!request.endsWith('node-bindings')) return loaded;
  slowed ??= slow(loaded);
  return slowed;
};
