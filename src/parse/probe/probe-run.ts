import { canonicalAddress } from '../../core/address.js';
import { probe } from '../../core/event/log.js';
import { redact } from '../../core/redact.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import type { Outcome } from './probe-outcome.js';
import { type ProbeTarget, readProbeTarget } from './probe-target.js';
import { connectError, type ReportedError } from './reported-error.js';

/** One run of a testing tool: gathers what its lines say and emits a `probe` row. */
export class ProbeRun {
  target: string | undefined;
  address: string | undefined;
  port: number | undefined;
  source: string | undefined;
  sent: number | undefined;
  received: number | undefined;
  path: string[] | undefined;
  size: number | undefined;
  /** How long it took, in milliseconds. */
  millis: number | undefined;
  #error: string | undefined;
  #errorFrom: string | undefined;
  #outcome: Outcome | undefined;
  #at: Line | undefined;
  #detail: string | undefined;
  #silent: Line | undefined;
  readonly #typed: ProbeTarget | undefined;

  constructor(
    /** Name of the tool; a line may tell it better than the command. */
    public tool: string,
    private readonly sink: Sink,
    section: Section,
  ) {
    this.#typed = readProbeTarget(section.command);
    this.#silent = section.heading;
    if (this.#typed === undefined) return;
    this.target = this.#typed.target;
    this.address = this.#typed.address;
    this.port = this.#typed.port;
    this.source = this.#typed.source;
  }

  get decided(): Outcome | undefined {
    return this.#outcome;
  }

  /** Names the target as the tool printed it, unless the command line did. */
  names(target: string, address?: string, port?: number): void {
    this.target ??= target;
    this.address = (address === undefined ? undefined : canonicalAddress(address)) ?? this.address;
    if (port !== undefined && port >= 0) this.port = port;
  }

  /** A line that tells the outcome; a later call replaces an earlier one. */
  decide(outcome: Outcome, at: Line, detail?: string): void {
    this.#outcome = outcome;
    this.#at = at;
    this.#detail = detail;
  }

  /** The first such line only. */
  suggest(outcome: Outcome, at: Line, detail?: string): void {
    if (this.#outcome === undefined) this.decide(outcome, at, detail);
  }

  /** An ICMP error that somebody on the way sent; the first counts. */
  reported(error: ReportedError | undefined, from: string | undefined): void {
    if (error === undefined || this.#error !== undefined) return;
    this.#error = error;
    this.#errorFrom = from === undefined ? undefined : canonicalAddress(from);
  }

  /** `^C`: whatever was not decided by then was given up, at the command's line if that is known. */
  interrupt(at: Line): void {
    this.suggest('interrupted', this.#silent ?? at, 'no answer until it was interrupted (^C)');
  }

  emit(): void {
    if (this.#outcome === undefined || this.#at === undefined || this.target === undefined) return;
    const detail = this.#detail ?? redact(asPrinted(this.#at.text).trim().slice(0, 400));
    this.sink.emit(
      probe,
      {
        tool: this.tool,
        target: this.target,
        address: this.address,
        port: this.port,
        near: this.source,
        outcome: this.#outcome,
        sent: this.sent,
        received: this.received,
        size: this.size,
        detail,
        millis: this.millis,
        error: this.#error ?? (this.#outcome === 'unreachable' ? connectError(detail) : undefined),
        error_from: this.#errorFrom,
        path: this.path,
      },
      this.#at,
    );
    this.#outcome = undefined;
    this.millis = undefined;
    this.#error = undefined;
    this.#errorFrom = undefined;
  }
}

/** `^C` alone, or before what the shell prints next. */
export const isInterrupt = (text: string): boolean => /^[\s>]*\^C/.test(text);
