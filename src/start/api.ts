import { load } from './load.js';

export const {
  analyze,
  NothingRead,
  CAUSES,
  SYMPTOMS,
  writeEvidence,
  renderHtml,
  renderJson,
  renderMarkdown,
  renderText,
} = await load().program.api();
