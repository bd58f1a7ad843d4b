import { readFileSync, statSync } from 'node:fs';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { SystemName } from './place.js';

/** What the ticket system knows the user by. Never logged, never printed. */
export interface Credentials {
  readonly token: string;
  /** Jira Cloud: the mail address that the token belongs to. */
  readonly user?: string | undefined;
}

/** What each system's own tools call them. */
const VARIABLES: Readonly<Record<SystemName, readonly string[]>> = {
  redmine: ['PODTRAIL_TICKET_TOKEN', 'REDMINE_API_KEY'],
  'request-tracker': ['PODTRAIL_TICKET_TOKEN', 'RT_TOKEN'],
  jira: ['PODTRAIL_TICKET_TOKEN', 'JIRA_API_TOKEN'],
  'jira-cloud': ['PODTRAIL_TICKET_TOKEN', 'JIRA_API_TOKEN'],
  github: ['PODTRAIL_TICKET_TOKEN', 'GITHUB_TOKEN'],
  gitlab: ['PODTRAIL_TICKET_TOKEN', 'GITLAB_TOKEN'],
};

/** `token=…` and `user=…` lines, or the token alone. */
function fromFile(file: string): Credentials {
  let text: string;
  try {
    const { mode } = statSync(file);
    if ((mode & 0o007) !== 0)
      throw new Failure(
        `everybody on this machine may read ${printable(file)}: chmod 600 it, and think of the token as known`,
      );
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`cannot read the credentials: ${(error as Error).message}`);
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^(token|user)\s*=\s*(.*)$/i.exec(line) ?? [];
      return key === undefined ? [] : [[key.toLowerCase(), value!] as const];
    }),
  );
  const token = values.get('token') ?? (lines.length === 1 && values.size === 0 ? lines[0] : undefined);
  if (token === undefined || token === '') throw new Failure(`${printable(file)} holds no token: write it as token=…`);
  return checked({ token, user: values.get('user') });
}

/** A token goes into a header: one line of printable characters. */
function checked(credentials: Credentials): Credentials {
  if (!/^[\x21-\x7e]+$/.test(credentials.token))
    throw new Failure('the token has spaces or other characters that no token has');
  return credentials;
}

/** From a file, or else from the environment. Throws Failure that says where to put them. */
export function credentialsFor(
  system: SystemName,
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Credentials {
  if (file !== undefined) return fromFile(file);
  const token = VARIABLES[system]
    .map((name) => environment[name]?.trim())
    .find((value) => value !== undefined && value !== '');
  if (token === undefined)
    throw new Failure(`no token for ${system}: set ${VARIABLES[system].join(' or ')}, or give --credentials FILE`);
  return checked({
    token,
    user: environment['PODTRAIL_TICKET_USER'] ?? (system === 'jira-cloud' ? environment['JIRA_USER'] : undefined),
  });
}
