import { describe, expect, it } from 'vitest';
import { EventStore } from '../../src/store/event-store.js';
import { MEMORY_MB } from '../../src/store/memory-limit.js';
import { withWorkspace } from '../../src/store/workspace.js';

const inStore = <T>(use: (store: EventStore) => Promise<T>): Promise<T> =>
  withWorkspace(async ({ dir, storeFile }) => {
    const store = await EventStore.create(storeFile, dir);
    await store.endReading(false);
    try {
      return await use(store);
    } finally {
      await store.close(false);
    }
  });

describe('a query', () => {
  it('that would take days ends when it is interrupted', async () => {
    await inStore(async (store) => {
      const asked = store.query('SELECT sum(a.range % b.range) FROM range(1, 1000000000) a, range(1, 1000000000) b');
      setTimeout(() => store.interrupt(), 50);
      await expect(asked).rejects.toThrow(/interrupt/i);
      expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it('is asked beside another one, and sees what that one made', async () => {
    await inStore(async (store) => {
      expect(store.lanes).toBe(2);
      const slow = store.query('SELECT sum(a.range % b.range) FROM range(1, 1000000000) a, range(1, 1000000000) b');
      await store.query('CREATE TABLE derived.made AS SELECT 7 AS seven');
      expect(await store.query('SELECT seven FROM made')).toEqual([{ seven: 7 }]);
      store.interrupt();
      await expect(slow).rejects.toThrow(/interrupt/i);
      const both = [store.query('SELECT seven FROM made'), store.query('SELECT seven FROM made')];
      expect(await Promise.all(both)).toEqual([[{ seven: 7 }], [{ seven: 7 }]]);
    });
  });

  it('that needs more memory than the database has gets it, and the next one has what all have', async () => {
    // Lists of all groups are held at once: they cannot be written beside.
    const large = `SELECT count(*) AS n, sum(len(l)) AS sum FROM (SELECT range % 400000 AS k, list(range::VARCHAR || 'x') AS l FROM range(2000000) GROUP BY k)`;
    await inStore(async (store) => {
      expect(await store.query(large)).toEqual([{ n: 400_000, sum: 2_000_000 }]);
      const [limit] = await store.query(
        "SELECT current_setting('memory_limit') AS memory, current_setting('threads') AS threads",
      );
      // DuckDB prints what it was given in MiB, cut after the first digit.
      const given = Math.floor((MEMORY_MB * 1e7) / 2 ** 20) / 10;
      expect(limit).toEqual({ memory: `${given} MiB`, threads: 1 });
    });
  });

  it('that needs more memory gets it while others of its kind wait', async () => {
    const large = (n: number): string =>
      `SELECT ${n} AS n, sum(len(l)) AS sum FROM (SELECT range % 400000 AS k, list(range::VARCHAR || 'x') AS l FROM range(2000000) GROUP BY k)`;
    await inStore(async (store) => {
      const all = await Promise.all([1, 2, 3].map((n) => store.query(large(n))));
      expect(all.flat()).toEqual([1, 2, 3].map((n) => ({ n, sum: 2_000_000 })));
    });
  });
});
