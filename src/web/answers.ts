import { ERROR } from './schemas.js';

/** Answers that routes have in common, for `/api/openapi.json`. */

const text = { type: 'string' } as const;

/** A refusal for scripts. */
export const said = (description: string) =>
  ({ description, content: { 'application/json': { schema: ERROR } } }) as const;

/** The same for people: a page. */
export const shown = (description: string) => ({ description, content: { 'text/html': { schema: text } } }) as const;

/** After a form: where a browser goes on. */
export const redirected = (description: string) =>
  ({ 303: { description, type: 'null', headers: { location: text } } }) as const;

/** Scripts get refusals as JSON, at addresses below `/api/`; people get pages. */
type Voice = typeof said | typeof shown;

/** Answers that any route may give that is not open to everybody. */
const refusals = (as: Voice) => ({
  401: as('A token is needed, or it is wrong.'),
  403: as('The request comes from another site, or names another machine.'),
  429: as('Too many wrong tokens from this address.'),
});
export const REFUSALS = refusals(said);
export const PAGE_REFUSALS = refusals(shown);

const notFound = (as: Voice) => ({ 404: as('There is no such analysis.') });
export const NOT_FOUND = notFound(said);
export const PAGE_NOT_FOUND = notFound(shown);

const uploadRefusals = (as: Voice) => ({
  400: as('No file in the field bundle, an empty one, or a broken upload.'),
  413: as('Larger than --max-upload, or too many files.'),
  415: as('Not multipart/form-data.'),
  507: as('The disk of the server is full.'),
});
export const UPLOAD_REFUSALS = uploadRefusals(said);
export const PAGE_UPLOAD_REFUSALS = uploadRefusals(shown);

/** An upload, as far as a schema says it; it is read as a stream, so nothing validates it as a whole. */
export const UPLOAD = {
  consumes: ['multipart/form-data'],
  body: {
    type: 'object',
    required: ['bundle'],
    properties: {
      bundle: {
        type: 'array',
        items: { type: 'string', format: 'binary' },
        description: 'Archives or captures, each with its file name.',
      },
    },
  },
} as const;
export const asStream = { validatorCompiler: () => () => true } as const;
