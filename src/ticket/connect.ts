import type { Credentials } from './credentials.js';
import type { Told } from './door.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { jira } from './jira.js';
import type { Place } from './place.js';
import { type RedmineMarkup, redmine } from './redmine.js';
import { requestTracker } from './request-tracker.js';
import type { TicketSystem } from './system.js';

export interface Manner {
  readonly markup: RedmineMarkup;
  readonly told?: Told | undefined;
}

/** The ticket at a place. Nothing is asked of it yet. */
export function connect(place: Place, credentials: Credentials, manner: Manner): TicketSystem {
  switch (place.system) {
    case 'redmine':
      return redmine(place, credentials, manner);
    case 'request-tracker':
      return requestTracker(place, credentials, manner);
    case 'jira':
    case 'jira-cloud':
      return jira(place, credentials, manner);
    case 'github':
      return github(place, credentials, manner);
    case 'gitlab':
      return gitlab(place, credentials, manner);
  }
}
