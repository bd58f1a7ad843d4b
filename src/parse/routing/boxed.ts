/** A rule of dashes, as dshbak and clush draw it above and below the name of a host. */
export const isBoxRule = (line: string): boolean => /^-{4,80}$/.test(line);

/** A host's name, or those of several that said the same: `w[1-3] (3)`, `w1,w2`. */
export const mayBeBoxed = (line: string): boolean => /^[A-Za-z0-9][\w.,[\]-]{0,252}(?: \(\d{1,5}\))?$/.test(line);

/** Three lines that frame a name (`-----`, `w1`, `-----`: dshbak(1), clush(1)) as the one line that other tools print: `---- w1 ----`. */
export const boxed = (above: string, name: string, below: string): string | undefined =>
  isBoxRule(above) && above === below && mayBeBoxed(name) ? `---- ${name} ----` : undefined;
