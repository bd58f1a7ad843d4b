# The truth about a bundle, found with tshark and grep in the files that were packed: never with podtrail.
#
#   describe "First sentence. Second sentence." "layout" cause-code
#   symptom CODE SEVERITY SUBJECT…      what a finding must name …
#   frames FILE FILTER                  … and any of these frames proves it
#   lines FILE REGEX                    … or any of these lines
#   fact "the question" FILE SED-SCRIPT the value is what the script prints

describe() {
  EXPECTED=$(jq -n --arg bundle "$(basename "$PACKED")" --arg shows "$1" --arg layout "$2" --arg cause "$3" \
    '{bundle: $bundle, shows: $shows, layout: $layout, cause: (if $cause == "" then null else $cause end), symptoms: [], facts: []}')
}

symptom() {
  EXPECTED=$(jq --args '.symptoms += [{code: $ARGS.positional[0], severity: $ARGS.positional[1], subjects: $ARGS.positional[2:], evidence: []}]' \
    "$@" <<<"$EXPECTED")
}

frames() {
  local numbers
  numbers=$(tshark_fields "$OUT/$1" "$2" frame.number | jq -s -c .)
  [ "$numbers" != "[]" ] || die "no frame of $1 matches $2"
  EXPECTED=$(jq --arg file "$1" --argjson frames "$numbers" '.symptoms[-1].evidence += [{file: $file, frames: $frames}]' <<<"$EXPECTED")
}

lines() {
  local numbers
  numbers=$(grep -nE -- "$2" "$OUT/$1" | cut -d: -f1 | jq -s -c .)
  [ "$numbers" != "[]" ] || die "no line of $1 matches $2"
  EXPECTED=$(jq --arg file "$1" --argjson lines "$numbers" '.symptoms[-1].evidence += [{file: $file, lines: $lines}]' <<<"$EXPECTED")
}

fact() {
  local value
  value=$(sed -nE "$3" "$OUT/$2" | head -1)
  [ -n "$value" ] || die "no answer in $2: $1"
  EXPECTED=$(jq --arg about "$1" --arg value "$value" '.facts += [{about: $about, value: $value}]' <<<"$EXPECTED")
}

expect_write() {
  local name
  name=$(basename "$PACKED")
  jq . <<<"$EXPECTED" >"$BUNDLES/$SAMPLE.expected.json"
  jq -e --arg name "$name" '.bundle == $name and (.facts == null or (.facts | length) == 5) and ([.symptoms[].evidence | length] | all(. > 0))' \
    "$BUNDLES/$SAMPLE.expected.json" >/dev/null || die "$SAMPLE: the expectation is incomplete"
}
