import type { Job } from '../../jobs/job.js';
import type { Upload } from '../analysis.js';
import type { Shelf } from './shelf.js';

const FORMATS = ['json', 'markdown', 'html'] as const;

/** What a worker is to make of an upload, and where. */
export const jobOf = (shelf: Shelf, upload: Upload): Job => ({
  paths: [shelf.uploadPath(upload)],
  write: FORMATS.map((format) => ({ format, path: shelf.path(upload.id, format) })),
  evidence: shelf.path(upload.id, 'evidence'),
});
