/**
 * How `ufw status` begins in the languages that ufw is translated to (its `messages/*.mo`, and Ubuntu's language packs). Actions,
 * policies, addresses and ports are English in all of them.
 */
const LABEL =
  'Status|Estáu|Stav|Statv|Stan|Κατάσταση|Estado|Estat|Staatus|Tila|État|Etat|Stato|Stare|Состояние|Stanje|Durum|Стан|状态|狀態|状態';
const ACTIVE =
  'active|Aktiv|aktiv|activu|actiu|Aktivno|aktivan|aktivní|aktívny|ενεργό|activo|aktiivne|käytössä|actif|attivo|actief|aktywny|active|ativo|activ|активен|активний|dejavno|etkin|激活|活动|启用|啓用|啟用|アクティブ';
const INACTIVE =
  'inactive|Inaktiv|inaktiv|inactivu|inactiu|neaktivno|neaktivní|neaktívny|ανενεργό|inactivo|väljas|passiivinen|inactif|inattivo|inactief|nieaktywny|inativo|inactiv|неактивен|неактивний|nedejavno|etkin değil|不活动|不活動|停用|非アクティブ';

/** French has a no-break space before the colon, Chinese a full-width colon; slovenian none at all. */
const STATUS = new RegExp(`^(?:${LABEL})\\s?[:：]?\\s?(?:(${ACTIVE})|(?:${INACTIVE}))$`, 'u');

/** What a status line says, in whatever language; undefined for any other line. */
export function ufwStatus(line: string): 'active' | 'inactive' | undefined {
  const match = STATUS.exec(line);
  return match === null ? undefined : match[1] === undefined ? 'inactive' : 'active';
}

const POLICY = '(allow|deny|reject|disabled)';
/** `Default: deny (incoming), allow (outgoing), disabled (routed)`: the order and the policies tell, in any language. */
export const UFW_DEFAULT = new RegExp(
  `^[^:：]{1,40}[:：]\\s?${POLICY} \\([^)]*\\), ${POLICY} \\([^)]*\\), ${POLICY} \\([^)]*\\)$`,
  'u',
);

/** `Logging: on (low)`: the level is English. */
export const UFW_LOGGING = /^[^:：]{1,40}[:：]\s?((?:on|off)\b.*|on \(\w+\))$/u;

/** `New profiles: skip`: one of ufw's application policies. */
export const UFW_PROFILES = /^[^:：]{1,40}[:：]\s?(?:skip|allow|deny|reject)$/u;

/** `To  Action  From`: three headings with a rule of dashes below; those of other tables are capitals. */
export const UFW_HEADINGS = /^(?!.*[A-Z]{2})[^\s\d]+(?: [^\s\d]+)? {2,}[^\s\d]+ {2,}[^\s\d]+(?: [^\s\d]+)?$/u;
