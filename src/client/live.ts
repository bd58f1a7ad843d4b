/** Live states: the server tells of changes, the page shows them without being loaded again. */

interface Change {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly status: string;
}

/** Milliseconds in which changes are gathered before the list is asked for again. */
const GATHER = 400;

export function follow(): void {
  const place = document.querySelector<HTMLElement>('[data-live]');
  const address = place?.dataset['live'];
  if (place == null || address === undefined) return;
  const isList = place.id === 'analyses';
  let pending = 0;
  const again = (): void => {
    if (!isList) location.reload();
    else pending ||= window.setTimeout(() => void renew(place).finally(() => (pending = 0)), GATHER);
  };
  /** Told of once. When it is not in the list then, the list shows another page, or what a search found. */
  const elsewhere = new Set<string>();
  const show = (change: Change): void => {
    const shown = isList ? place.querySelector(`tr[data-id="${CSS.escape(change.id)}"]`) : place;
    const status = shown?.querySelector('.status');
    if (change.state === 'done' || change.state === 'failed') again();
    else if (status != null) status.textContent = change.status;
    else if (!elsewhere.has(change.id)) again();
    elsewhere.add(change.id);
  };

  let source: EventSource | undefined;
  let opened = 0;
  // A browser has six connections for one server. Tabs that nobody looks at leave theirs to the others.
  const listen = (): void => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(address);
    // What ended while nobody listened is not told any more.
    source.addEventListener('open', () => opened++ > 0 && isList && again());
    source.addEventListener('change', ({ data }: MessageEvent<string>) => show(JSON.parse(data) as Change));
    source.addEventListener('gone', again);
  };
  document.addEventListener('visibilitychange', listen);
  document.addEventListener('podtrail:uploaded', again);
  listen();
}

/** Takes the list anew from the server, which alone knows how a row looks; what has the focus keeps it. */
async function renew(place: HTMLElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(place.id);
  if (fresh === null) return;
  const focused = document.activeElement;
  const link = focused instanceof HTMLAnchorElement && place.contains(focused) ? focused.getAttribute('href') : null;
  place.replaceChildren(...fresh.childNodes);
  if (link !== null) place.querySelector<HTMLElement>(`a[href="${CSS.escape(link)}"]`)?.focus();
}
