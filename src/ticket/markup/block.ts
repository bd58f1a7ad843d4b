/** A comment, before it is written in the markup of a ticket system. All texts are plain: nothing in them is markup. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  /** Shown only on demand where the system can do that. */
  | { readonly kind: 'more'; readonly title: string; readonly blocks: readonly Block[] };
