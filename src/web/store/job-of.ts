import type { Job, Products } from '../../jobs/job.js';
import type { Upload } from '../analysis.js';
import type { Form, Shelf } from './shelf.js';

const FORMATS = ['json', 'markdown', 'html'] as const;

const productsOf = (shelf: Shelf, { id }: Upload, form: Form): Products => ({
  write: FORMATS.map((format) => ({ format, path: shelf.path(id, format, form) })),
  evidence: shelf.path(id, 'evidence', form),
});

/** What a worker is to make of an upload, and where. */
export const jobOf = (shelf: Shelf, upload: Upload): Job => ({
  paths: [shelf.uploadPath(upload)],
  plain: productsOf(shelf, upload, 'plain'),
  redacted: productsOf(shelf, upload, 'redacted'),
});
