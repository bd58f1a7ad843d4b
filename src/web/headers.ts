import type { FastifyHelmetOptions } from '@fastify/helmet';

/** What a browser may do with our pages: nothing but their own style, script, forms and news. */
export const HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ['data:'],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms, and could not be told from strangers.
  // Nobody else learns an address of ours by this one either.
  referrerPolicy: { policy: 'same-origin' },
  frameguard: { action: 'deny' },
  // Plain HTTP by itself; whoever puts TLS before it says so there.
  hsts: false,
};
