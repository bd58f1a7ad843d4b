/** The public API: one call gives one result object, renderers turn it into text. */
export { type About, type AnalyzeOptions, analyze, NothingRead, type Progress, type Window } from './analyze.js';
export { CAUSES, SYMPTOMS } from './core/catalogue.js';
export type { CauseCode, Code, SymptomCode } from './core/code.js';
export type * from './core/finding.js';
export { type WrittenEvidence, writeEvidence } from './evidence/write.js';
export { renderHtml } from './report/html/page.js';
export { renderJson } from './report/json.js';
export { renderMarkdown } from './report/markdown.js';
export { renderText } from './report/text.js';
