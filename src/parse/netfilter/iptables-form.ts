/** A piece of `iptables -L` text and how iptables-save writes it; undefined when the two grammars differ too much. */
export interface ListedForm {
  /** Sticky: tried at one position only. */
  readonly text: RegExp;
  readonly save: (m: RegExpExecArray) => string | undefined;
}

export const form = (text: RegExp, save: ListedForm['save']): ListedForm => ({
  text: new RegExp(text.source, 'y'),
  save,
});
