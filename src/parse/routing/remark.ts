/** What tools print around the output of the command that they run elsewhere: nothing of it, and no sign that it was cut. */
const REMARKS = [
  // kubectl exec, kubectl debug and oc debug (k8s.io/kubectl `pkg/cmd/debug`, openshift/oc `pkg/cli/debug`).
  /^Defaulted container "[^"]*" out of: /,
  /^(?:Creating|Starting) (?:debugging )?pod[ /]\S+(?: with container \S+ on node \S+| \.\.\.|, command was: .*)$/,
  /^If you don't see a command prompt, try pressing enter\.$/,
  /^To use host binaries, run `chroot \/host`/,
  /^(?:Temporary namespace \S+ (?:is created|was removed)|Removing debug pod \.\.\.|Removing debug namespace|Pod IP: [\da-f.:]+$)/,
  /^Unable to use a TTY - input is not a terminal/,
  // kubectl node-shell (kvaps/kubectl-node-shell).
  /^(?:spawning "[^"]*" on "[^"]*"|pod "[^"]*" deleted)/,
  // ssh(1), and gcloud that calls it.
  /^(?:Warning: Permanently added '[^']*'|Connection to \S+ closed\.|Shared connection to \S+ closed\.|Pseudo-terminal will not be allocated)/,
  /^(?:External IP address was not found; defaulting to using IAP tunneling|WARNING: (?:\s|$)*To increase the performance of the tunnel)/,
] as const;

/** True for a line of the tool that ran the command elsewhere. */
export const isRemark = (line: string): boolean =>
  line.length < 500 && /^[A-Z"sp]/.test(line) && REMARKS.some((remark) => remark.test(line.trimEnd()));
