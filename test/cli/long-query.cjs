/**
 * Loaded into podtrail by `node --require`: the database's next statement that begins with LONG_QUERY takes hours, by itself and on the
 * connection that it was meant for. Writes "long query" to standard error when it begins. What copies a table to a file writes that file
 * without end.
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
              return bindings.query(
                connection,
                sql.startsWith('COPY ')
                  ? sql.replace(/^COPY "\w+"/, 'COPY (SELECT range AS n FROM range(10000000000000))')
                  : 'SELECT sum(hash(range)::HUGEINT) FROM range(10000000000000)',
              );
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
