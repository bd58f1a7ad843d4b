import { Failure } from '../core/failure.js';

/** Which ticket of which system a URL means: the address that a browser shows for it. */

export const SYSTEMS = ['redmine', 'request-tracker', 'jira', 'jira-cloud', 'github', 'gitlab'] as const;
export type SystemName = (typeof SYSTEMS)[number];

export interface Place {
  readonly system: SystemName;
  /** Where the system's own paths begin, without a slash at the end. */
  readonly base: string;
  /** Number or key within the system or project. */
  readonly ticket: string;
  /** `owner/repository`, or a GitLab project's whole path. */
  readonly project?: string | undefined;
  /** GitLab: `issues` or `merge_requests`. */
  readonly kind?: 'issues' | 'merge_requests' | undefined;
}

const REPOSITORY = /^\/([\w.-]+\/[\w.-]+)\/(?:issues|pull)\/(\d+)\/?$/;
const GITLAB = /^\/((?:[\w.-]+\/)+[\w.-]+)\/-\/(issues|work_items|merge_requests)\/(\d+)\/?$/;
const BROWSE = /^(.*)\/browse\/([A-Z][A-Z0-9_]*-\d+)\/?$/;
const REDMINE = /^(.*)\/issues\/(\d+)\/?$/;
const RT = /^(.*)\/(?:Ticket|SelfService)\/(?:Display|Modify\w*|Update|History)\.html$/;

const jira = ({ origin, pathname }: URL): Omit<Place, 'system'> | undefined => {
  const [, path, ticket] = BROWSE.exec(pathname) ?? [];
  return ticket === undefined ? undefined : { base: `${origin}${path}`, ticket };
};

const READERS: Readonly<Record<SystemName, (url: URL) => Omit<Place, 'system'> | undefined>> = {
  github: ({ origin, host, pathname }) => {
    const [, project, ticket] = REPOSITORY.exec(pathname) ?? [];
    const base = /^(?:www\.)?github\.com$/.test(host) ? 'https://api.github.com' : `${origin}/api/v3`;
    return ticket === undefined ? undefined : { base, project, ticket };
  },
  gitlab: ({ origin, pathname }) => {
    const [, project, kind, ticket] = GITLAB.exec(pathname) ?? [];
    if (ticket === undefined) return undefined;
    return { base: `${origin}/api/v4`, project, ticket, kind: kind === 'merge_requests' ? kind : 'issues' };
  },
  jira,
  // It speaks another version of the interface than Jira Server and Data Center.
  'jira-cloud': jira,
  redmine: ({ origin, pathname }) => {
    const [, path, ticket] = REDMINE.exec(pathname) ?? [];
    return ticket === undefined ? undefined : { base: `${origin}${path}`, ticket };
  },
  'request-tracker': ({ origin, pathname, searchParams }) => {
    const [, path] = RT.exec(pathname) ?? [];
    const ticket = searchParams.get('id') ?? '';
    return path === undefined || !/^\d+$/.test(ticket) ? undefined : { base: `${origin}${path}`, ticket };
  },
};

const EXAMPLES: Readonly<Record<SystemName, string>> = {
  redmine: 'https://HOST/issues/123',
  'request-tracker': 'https://HOST/Ticket/Display.html?id=123',
  jira: 'https://HOST/browse/KEY-123',
  'jira-cloud': 'https://NAME.atlassian.net/browse/KEY-123',
  github: 'https://github.com/OWNER/REPOSITORY/issues/123',
  gitlab: 'https://HOST/GROUP/PROJECT/-/issues/123',
};

/** The order in which a URL is tried: GitLab's holds `/-/`, GitHub's begins with its own host, Redmine's is the plainest. */
function guess(url: URL): SystemName | undefined {
  if (/^(?:www\.)?github\.com$/.test(url.host)) return 'github';
  if (url.hostname.endsWith('.atlassian.net')) return 'jira-cloud';
  return (['gitlab', 'jira', 'request-tracker', 'redmine'] as const).find((name) => READERS[name](url) !== undefined);
}

/** Reads the address of a ticket. Throws Failure with the form that is expected. */
export function placeOf(text: string, system?: SystemName): Place {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Failure('--to is no URL; give the address that your browser shows for the ticket');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Failure('--to must be an https or http URL');
  if (url.username !== '' || url.password !== '')
    throw new Failure(
      '--to must not hold a user or a password: others see command lines; see podtrail ticket attach --help',
    );
  const name = system ?? guess(url);
  if (name === undefined) {
    const forms = SYSTEMS.map((each) => `  ${each}: ${EXAMPLES[each]}`).join('\n');
    throw new Failure(`--to is no ticket of a system that podtrail knows:\n${forms}`);
  }
  const place = READERS[name](url);
  if (place === undefined) throw new Failure(`--to is no ${name} ticket; its form is ${EXAMPLES[name]}`);
  return { system: name, ...place };
}
