/** Tells everybody who listens that something about an analysis has changed. */
export class News {
  readonly #listeners = new Set<(id: string) => void>();

  /** @returns what ends the listening */
  listen(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}
