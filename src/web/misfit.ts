import type { FastifySchemaValidationError } from 'fastify';

/** A parameter that does not fit, for people: what it may be, in place of the schema's words. */
export function misfitInWords([first]: readonly FastifySchemaValidationError[]): Error {
  return new Error(first === undefined ? 'A parameter does not fit.' : words(first));
}

function words({ keyword, instancePath, params }: FastifySchemaValidationError): string {
  const name = instancePath.slice(1);
  switch (keyword) {
    case 'additionalProperties':
      return `There is no parameter ${String(params['additionalProperty'])} at this address.`;
    case 'enum':
      return `${name} is ${(params['allowedValues'] as readonly unknown[]).join(' or ')}.`;
    case 'minimum':
      return `${name} is at least ${String(params['limit'])}.`;
    case 'maximum':
      return `${name} is at most ${String(params['limit'])}.`;
    case 'type':
      return `${name} is one ${params['type'] === 'integer' ? 'whole number' : 'text'}, said once.`;
    default:
      return `${name} does not look like one.`;
  }
}
