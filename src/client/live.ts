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
  const source = new EventSource(address);
  let pending = 0;
  const again = (): void => {
    if (!isList) location.reload();
    else pending ||= window.setTimeout(() => void renew(place).finally(() => (pending = 0)), GATHER);
  };
  source.addEventListener('change', ({ data }: MessageEvent<string>) => {
    const change = JSON.parse(data) as Change;
    const over = change.state === 'done' || change.state === 'failed';
    const shown = isList ? place.querySelector(`tr[data-id="${CSS.escape(change.id)}"]`) : place;
    const status = shown?.querySelector('.status');
    if (over || status == null) {
      if (over && !isList) source.close();
      again();
    } else status.textContent = change.status;
  });
  source.addEventListener('gone', () => {
    if (!isList) source.close();
    again();
  });
  document.addEventListener('podtrail:uploaded', again);
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
