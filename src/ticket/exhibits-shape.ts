import type { Fields, Shape } from './shape.js';

/** The places that a piece of evidence may have. */
export const EVIDENCE_KINDS: readonly Fields[] = [
  { role: 'string', file: 'string', line: 'number', quote: 'string' },
  { role: 'string', file: 'string', frame: 'number', quote: 'string' },
  { role: 'string', absent: 'string', searched: 'strings' },
];

/** Evidence as `each` takes it: a list of which every piece has a place. */
const EVIDENCE: Shape = { each: { anyOf: EVIDENCE_KINDS } };
const COLLECT: Fields = { what: 'string', collect: 'string' };

const WALK: Fields = {
  disposition: 'string',
  steps: [
    {
      node: 'string',
      stage: 'string',
      device: { maybe: 'string' },
      says: 'string',
      packet: 'string',
      envelope: { maybe: 'string' },
      because: EVIDENCE,
      seen: EVIDENCE,
      verdict: { oneOf: ['confirmed', 'contradicted', 'predicted', 'unknown'] },
    },
  ],
  assumed: [COLLECT],
  missing: { maybe: { fields: COLLECT } },
};

const LADDER: Fields = {
  taps: [
    {
      label: 'string',
      node: { maybe: 'string' },
      device: { maybe: 'string' },
      kind: { oneOf: ['capture', 'text', 'log'] },
      file: 'string',
      clockMs: 'number',
    },
  ],
  packets: [
    {
      label: 'string',
      direction: { oneOf: ['request', 'answer', 'error'] },
      repeated: 'boolean',
      sightings: [{ tap: 'number', ms: 'number', frame: 'number', quote: 'string' }],
    },
  ],
  more: 'number',
};

/** A conversation as the page draws it (`ConversationExhibit`). */
export const CONVERSATION: Shape = {
  fields: {
    title: 'string',
    findings: { each: 'number' },
    parting: { oneOf: ['drop', 'vanished', 'contradicted', 'agrees', 'cannot-tell', 'predicted'] },
    says: 'string',
    request: { fields: WALK },
    reply: { maybe: { fields: WALK } },
    breaksAt: {
      maybe: {
        fields: {
          walk: { oneOf: ['request', 'reply'] },
          step: 'number',
          how: { oneOf: ['stops', 'goes-wrong', 'lost'] },
          finding: { maybe: 'number' },
        },
      },
    },
    unmarked: { maybe: 'string' },
    ladder: { maybe: { fields: LADDER } },
  },
};

/** The map of the cluster (`ClusterMap`). */
export const CLUSTER: Shape = {
  fields: {
    nodes: [
      {
        name: 'string',
        addresses: [{ address: 'string', device: { maybe: 'string' } }],
        podCidrs: 'strings',
        vteps: [
          { device: 'string', address: { maybe: 'string' }, mac: { maybe: 'string' }, local: { maybe: 'string' } },
        ],
        odd: 'strings',
        differs: 'strings',
        collected: 'boolean',
      },
    ],
    ways: [
      {
        from: 'string',
        to: 'string',
        prefix: 'string',
        says: 'string',
        state: { oneOf: ['right', 'wrong', 'unknown'] },
        evidence: EVIDENCE,
      },
    ],
  },
};

/** What happened when (`Timeline`). */
export const TIMELINE: Shape = {
  fields: {
    events: [
      {
        time: 'string',
        exact: 'boolean',
        kind: 'string',
        node: { maybe: 'string' },
        says: 'string',
        file: 'string',
        line: { maybe: 'number' },
        frame: { maybe: 'number' },
        codes: 'strings',
      },
    ],
    more: 'number',
  },
};
