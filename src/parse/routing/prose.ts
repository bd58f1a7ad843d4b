/** Two letters of Chinese, Japanese or Korean side by side: no tool prints them in a dump, but for comments that its parser reads. */
const EAST_ASIAN = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}/;
/** Four words and more from a capital letter to the end of a sentence. */
const SENTENCE = /^\s*[A-Z][a-z']*(?:,? [A-Za-z][\w'’"()/.-]*){3,60}[.:!?]\s*$/;

/** True for what somebody wrote between two dumps: `Then I looked at the routes of the other one:`. */
export const isProse = (line: string): boolean => line.length < 2000 && (EAST_ASIAN.test(line) || SENTENCE.test(line));
