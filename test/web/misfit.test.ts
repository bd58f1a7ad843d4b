import { expect, it } from 'vitest';
import { sharedServer } from './served.js';

const shared = sharedServer();

/** Parameters that do not fit are answered in words that a person who typed them understands. */
it.each([
  ['/api/analyses?limit=0', 'limit is at least 1.'],
  ['/api/analyses?limit=5000', 'limit is at most 1000.'],
  ['/api/analyses?limit=many', 'limit is one whole number, said once.'],
  ['/api/analyses?q=a&q=b', 'q is one text, said once.'],
  ['/api/analyses?cursor=next', 'cursor does not look like one.'],
  ['/analyses/x/report.html?redact=x', 'redact is 0 or 1.'],
  ['/analyses/x/report.html?redact=1&redact=0', 'redact is one text, said once.'],
  ['/analyses/x/report.html?redacted=%3Cb%3E', 'There is no parameter redacted at this address.'],
])('%s: %s', async (path, words) => {
  const answer = await shared().get(path);
  expect(answer.status).toBe(400);
  const text = await answer.text();
  expect(text).toContain(path.startsWith('/api/') ? `{"error":"${words}"}` : `<p>${words}</p>`);
});

it('a parameter of a hostile name is text on the page', async () => {
  const text = await (await shared().get('/analyses/x/report.html?%3Cb%3E=1')).text();
  expect(text).toContain('There is no parameter &lt;b&gt; at this address.');
});
