/** JSON Schemas of what the API answers; `/api/openapi.json` is made of them. */

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;

const VERDICT = {
  type: 'object',
  description: 'The verdict of the report, with what a list shows beside it.',
  required: ['state', 'cause', 'confidence', 'summary', 'findings', 'files', 'bytes', 'packets'],
  properties: {
    state: { type: 'string', enum: ['diagnosed', 'suspected', 'no-fault-found', 'insufficient'] },
    cause: { type: ['string', 'null'], description: 'A code; podtrail explain CODE documents each.' },
    confidence: { type: ['string', 'null'], enum: ['proven', 'likely', 'possible', null] },
    summary: text,
    findings: {
      type: 'object',
      required: ['critical', 'warning', 'info'],
      properties: { critical: count, warning: count, info: count },
    },
    files: count,
    bytes: count,
    packets: count,
  },
} as const;

export const SUMMARY_PROPERTIES = {
  id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  name: { ...text, description: 'The file name as it was sent.' },
  bytes: count,
  received: { type: 'string', format: 'date-time' },
  state: { type: 'string', enum: ['queued', 'running', 'done', 'failed'] },
  status: { ...text, description: 'The state in words.' },
  position: { type: 'integer', minimum: 1, description: 'Place in the queue; 1 starts next.' },
  progress: {
    type: 'object',
    required: ['stage', 'bytes', 'packets'],
    properties: { stage: { type: 'string', enum: ['reading', 'looking'] }, file: text, bytes: count, packets: count },
  },
  finished: { type: 'string', format: 'date-time' },
  seconds: { type: 'number', minimum: 0 },
  verdict: VERDICT,
  failure: {
    type: 'object',
    required: ['why', 'reason'],
    properties: { why: { type: 'string', enum: ['unreadable', 'memory', 'time', 'crash', 'empty'] }, reason: text },
  },
} as const;

const REQUIRED = ['id', 'name', 'bytes', 'received', 'state', 'status'] as const;

const SUMMARY = { type: 'object', required: REQUIRED, properties: SUMMARY_PROPERTIES } as const;

const CURSOR = { type: 'string', pattern: '^[0-9TZ:.-]{10,40}_[0-9a-f]{32}$' } as const;

/** What to list. */
export const LISTED = {
  type: 'object',
  properties: {
    q: {
      ...text,
      description: 'Only those with all of these words in name, verdict or state; of all, not of one page.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100, description: 'At most so many.' },
    cursor: { ...CURSOR, description: 'Go on where an answer ended: its `next`.' },
  },
} as const;

export const PAGE = {
  type: 'object',
  required: ['analyses', 'total'],
  properties: {
    analyses: { type: 'array', items: SUMMARY },
    total: { ...count, description: 'All that match, on whatever page.' },
    next: { ...CURSOR, description: 'The cursor for those that follow; absent when there are none.' },
  },
} as const;

export const ANALYSIS = {
  type: 'object',
  required: [...REQUIRED, 'report'],
  properties: {
    ...SUMMARY_PROPERTIES,
    report: {
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'podtrail.report/1, as podtrail analyze --format json prints it; null until the state is done.',
    },
  },
} as const;

export const ERROR = {
  type: 'object',
  required: ['error'],
  properties: { error: { ...text, description: 'What is wrong, for people.' } },
} as const;

export const ACCEPTED = {
  type: 'object',
  required: ['id'],
  properties: {
    id: SUMMARY_PROPERTIES.id,
    ids: { type: 'array', items: SUMMARY_PROPERTIES.id, description: 'All, when several bundles were sent.' },
  },
} as const;

/** A path with the id of an analysis. An id of another form is one that does not exist. */
export const ID_PARAMS = { type: 'object', required: ['id'], properties: { id: text } } as const;
