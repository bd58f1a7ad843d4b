const WORDS = new Set(
  `a agent all another any both compute container containers each every host hosts it machine my node nodes one other our pod pods same
   server side slave that the them these this those vm within`.split(/\s+/),
);

/** True for a word that stands where a sentence has a machine's name, and is none: `on both:`, `from the other node:`. */
export const isNoName = (word: string): boolean => WORDS.has(word.toLowerCase());
