import { redactFrame } from '../redact/frame/redact-frame.js';
import type { Redaction } from '../redact/redact-report.js';
import { citedPlaces } from './cited.js';
import type { FoundFrame } from './cut.js';

/**
 * The frames as the redacted report speaks of them: addresses replaced, payloads cut off, files and findings named as there. Those
 * that cannot be redacted are left out.
 */
export function redactFound(found: readonly FoundFrame[], redaction: Redaction): FoundFrame[] {
  const { frames } = citedPlaces(redaction.report.findings);
  return found.flatMap(({ file, frame, cited }) => {
    const path = redaction.path(file);
    const told = frames.get(path)?.get(cited.number);
    const bytes = redactFrame(frame, redaction);
    if (told === undefined || bytes === undefined) return [];
    const ifname = frame.ifname === undefined ? undefined : redaction.text(frame.ifname);
    return [{ file: path, cited: told, frame: { ...frame, bytes, ifname } }];
  });
}
