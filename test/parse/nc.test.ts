import { expect, it } from 'vitest';
import { nc } from '../../src/parse/probe/nc.js';
import { goldenTests } from './harness.js';

goldenTests(nc);

it('starts on lines of nc and telnet only', () => {
  for (const line of [
    'Connection to 10.244.2.5 8080 port [tcp/http-alt] succeeded!',
    'Trying 10.244.2.5...',
    'Ncat: TIMEOUT.',
    'telnet: Unable to connect to remote host: No route to host',
  ]) {
    expect(nc.starts(line), line).toBe(true);
  }
  for (const line of [
    '',
    'Trying again...',
    'Connected to the cluster',
    'Connection refused',
    'nc: netcat',
    'bash: foo: command not found',
  ]) {
    expect(nc.starts(line), line).toBe(false);
  }
});
