import { wordTable } from '../../core/word-table.js';

/** What a tcpdump command line says of its capture. */
export interface TcpdumpCommand {
  readonly ifname?: string | undefined;
  readonly filter?: string | undefined;
  readonly snapLength?: number | undefined;
  /** Number of `t` options: 3 prints differences to the line before, 5 to the first line. */
  readonly times: number;
  /** -A: packets are followed by their bytes as raw text lines. */
  readonly ascii: boolean;
}

/** Options of tcpdump(1) that take a value. */
const VALUED = 'BcCEFGijmMQrsTVwWyzZ';
const LONG = wordTable<string>({ '--interface': 'i', '--snapshot-length': 's', '--read': 'r' });

/** Reads `tcpdump -nn -i any host 1.2.3.4`; undefined for another command. */
export function readTcpdumpCommand(command: string | undefined): TcpdumpCommand | undefined {
  if (command === undefined || !/^tcpdump\b/.test(command)) return undefined;
  const words = command.split(/\s+/).slice(1);
  const values = new Map<string, string>();
  const filter: string[] = [];
  let times = 0;
  let ascii = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.startsWith('--')) {
      const [name, value] = word.split('=', 2) as [string, string | undefined];
      const letter = LONG[name];
      if (letter !== undefined) values.set(letter, value ?? words[++i] ?? '');
      continue;
    }
    // A pasted dash is often a typographic one.
    if (!/^[-\u2013\u2014]./.test(word)) {
      filter.push(word);
      continue;
    }
    for (let j = 1; j < word.length; j++) {
      const letter = word[j]!;
      if (letter === 't') times++;
      if (letter === 'A') ascii = true;
      if (!VALUED.includes(letter)) continue;
      values.set(letter, word.slice(j + 1) || (words[++i] ?? ''));
      break;
    }
  }
  const text = filter
    .join(' ')
    .replace(/^(['"])(.*)\1$/, '$2')
    .trim();
  const snap = values.get('s');
  return {
    ifname: values.get('i'),
    filter: text === '' ? undefined : text,
    snapLength: snap !== undefined && /^[1-9]\d*$/.test(snap) ? Number(snap) : undefined,
    times,
    ascii,
  };
}
