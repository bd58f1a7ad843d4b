/**
 * Short names of months as strftime(3) prints `%b` in the locales of glibc, which `dmesg -T` follows (util-linux
 * sys-utils/dmesg.c). By their first letters without accents: as many as tell June from July.
 */
const BEGINNINGS: readonly RegExp[] = [
  /^(?:jan|gen|ene|sty|led|янв|1月|1월)/,
  /^(?:feb|fev|lut|uno|фев|2月|2월)/,
  /^(?:mar|mrt|maa|mrz|brez|мар|3月|3월)/,
  /^(?:apr|avr|abr|kwi|dub|апр|4月|4월)/,
  /^(?:may|mai|maj|mei|mag|kve|май|мая|5月|5월)/,
  /^(?:jun|juin|giu|cze|cerv|июн|6月|6월)/,
  /^(?:jul|juil|lug|lip|июл|7月|7월)/,
  /^(?:aug|aou|ago|sie|srp|авг|8月|8월)/,
  /^(?:sep|set|wrz|zar|сен|9月|9월)/,
  /^(?:oct|okt|ott|out|paz|rij|окт|10月|10월)/,
  /^(?:nov|lis|ноя|11月|11월)/,
  /^(?:dec|dez|dic|gru|pro|дек|12月|12월)/,
];

/** The month from 0 to 11, or -1 for a name that is none of these. */
export function monthNamed(name: string): number {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  // Without its breve the Russian May is the same word.
  return BEGINNINGS.findIndex((form) => form.test(plain) || form.test(name.toLowerCase()));
}
