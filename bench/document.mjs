/** What a benchmark prints as it goes, and leaves behind as a page. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export class Document {
  #lines;

  constructor(title) {
    this.#lines = [`# ${title}`, ''];
  }

  /** To the terminal, and to the page. */
  say(line) {
    process.stdout.write(`${line}\n`);
    this.#lines.push(line);
  }

  /** Processors, memory and Node's version. */
  machine() {
    this.say(`- ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
    this.say(`- node ${process.version}`);
  }

  /** Rows of text, the first of them the heading. */
  table(rows) {
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
    const line = (row) =>
      `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
    this.say(line(rows[0]));
    this.say(line(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))));
    for (const row of rows.slice(1)) this.say(line(row));
  }

  /** All of it. With `part`, the sections that it lacks stay as they were on the page, at their places. */
  write(path, { part } = { part: false }) {
    const made = sections(`${this.#lines.join('\n')}\n`);
    const [head = '', ...before] = part && existsSync(path) ? sections(readFileSync(path, 'utf8')) : [made[0]];
    const now = new Map(made.slice(1).map((text) => [heading(text), text]));
    const stay = before.map((text) => now.get(heading(text)) ?? text);
    const known = new Set(before.map(heading));
    const added = [...now].filter(([name]) => !known.has(name)).map(([, text]) => text);
    writeFileSync(path, `${[head, ...stay, ...added].map((text) => text.trimEnd()).join('\n\n')}\n`);
  }
}

/** What stands before the first heading of the second level, and each such section. */
const sections = (text) => text.split(/^(?=## )/m);

const heading = (section) => section.split('\n', 1)[0];
