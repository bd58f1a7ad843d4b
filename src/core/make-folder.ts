/**
 * Makes a folder, and those above it that are missing; one that is there already is no error. `mkdir` makes one folder and
 * fails like mkdir(2); its errors are passed on. Not Node's own `recursive`: where a folder cannot be made although the one
 * above it is there (below /proc), Node 20 tries for ever.
 */
export async function makeFolder(dir: string, mkdir: (dir: string) => Promise<unknown>): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'EEXIST') return;
    const above = folderAbove(dir);
    if (code !== 'ENOENT' || above === undefined) throw error;
    await makeFolder(above, mkdir);
    await mkdir(dir);
  }
}

/** The path without its last part; undefined when it has only one. */
function folderAbove(dir: string): string | undefined {
  const [, above] = /^(.*[^/\\])[/\\]+[^/\\]+[/\\]*$/s.exec(dir) ?? [];
  return above;
}
