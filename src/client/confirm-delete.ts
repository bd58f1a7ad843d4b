/** Deleting asks in place; without JavaScript a page of its own asks. */
export function confirmDeletes(): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a.delete') : null;
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const name =
      link.getAttribute('aria-label')?.replace(/^Delete /, '') ?? document.querySelector('h1')?.textContent ?? '';
    if (!window.confirm(`Delete ${name}? Its report and evidence cannot be brought back.`)) return;
    void fetch(link.href, { method: 'POST', redirect: 'manual' }).then(() => {
      if (link.closest('tr') === null) location.assign('/');
      // In the list, the server's own news of it takes the row away.
    });
  });
}
