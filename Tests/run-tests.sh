#!/usr/bin/env bash
# Everything that `make test` runs, with one honest sum at the end: `N passed, N failed`.
# Arguments go to `swift test` (for instance `--filter Gateway`).
set -uo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
results=.build/test-results
mkdir -p "$results"
rm -f "$results"/*
passed=0 failed=0 skipped=0

summary() {
  local line="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
  echo "$line" | tee "$results/summary"
}

if ! command -v "${swift%% *}" >/dev/null; then
  echo "The Swift toolchain is not on the path: install Swift 6.3 and try again." >&2
  failed=1
  summary
  exit 1
fi

echo "== Building"
if ! $swift build --build-tests; then
  echo "The build failed; no test was run." >&2
  failed=1
  summary
  exit 1
fi

echo "== Swift tests"
# The connectors' tests write each request they made here; validate_requests.py judges them afterwards.
export SWITCHBOARD_RECORDED_REQUESTS=$PWD/$results/requests.jsonl
swift_code=0
# In turns, because each of the later ones takes the whole machine: what they play a thousand times over, or as
# processes, would starve the small tests beside them.
turn() {
  local name=$1
  shift
  echo "-- $name"
  $swift test --skip-build --xunit-output "$results/swift-$name.xml" "$@" || swift_code=$?
}
if [ $# -gt 0 ]; then
  turn chosen "$@"
else
  heavy='SimulationTests|JournalPostgresTests|ProgramTests|RuleEngineTests|FlowCasesTests|FlowEngineTests'
  turn small --skip "^($heavy)\\.|PowerCutTests"
  turn engine --filter '^FlowEngineTests\.'
  turn rules-and-cases --filter '^(RuleEngineTests|FlowCasesTests)\.'
  turn power-cuts --filter PowerCutTests
  turn simulation --filter '^SimulationTests\.'
  turn postgres --filter '^JournalPostgresTests\.'
  turn program --filter '^ProgramTests\.'
fi

# One file for Swift Testing, one for XCTest. A test that reports three issues is one failed test.
counted=0
for report in "$results"/swift*.xml; do
  [ -f "$report" ] || continue
  read -r tests bad omitted < <(awk '
    /<testcase / { tests++; isBad = 0; isOmitted = 0 }
    /<(failure|error)[ >\/]/ && !isBad { bad++; isBad = 1 }
    /<skipped/ && !isOmitted { omitted++; isOmitted = 1 }
    END { print tests + 0, bad + 0, omitted + 0 }' "$report")
  counted=$((counted + tests))
  failed=$((failed + bad))
  skipped=$((skipped + omitted))
  passed=$((passed + tests - bad - omitted))
done
if [ "$swift_code" -ne 0 ] && [ "$failed" -eq 0 ]; then
  echo "swift test ended with code $swift_code and reported no failed test: counted as one failure." >&2
  failed=$((failed + 1))
elif [ "$counted" -eq 0 ]; then
  echo "No Swift test was counted." >&2
  failed=$((failed + 1))
fi

echo "== Foreign clients against the emulators"
Tests/run-python-proofs.sh "$($swift build --show-bin-path)/switchboard" "$results/python" || true
if [ -f "$results/python" ]; then
  read -r python_passed python_failed python_skipped <"$results/python"
  passed=$((passed + python_passed))
  failed=$((failed + python_failed))
  skipped=$((skipped + python_skipped))
else
  failed=$((failed + 1))
fi

echo "== The demo"
# Each line that it checks against the emulators is one test.
demo_code=0
"$($swift build --show-bin-path)/switchboard" demo --once | tee "$results/demo.txt" || demo_code=$?
read -r demo_passed demo_failed < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 } END { print p + 0, f + 0 }' "$results/demo.txt")
passed=$((passed + demo_passed))
failed=$((failed + demo_failed))
if [ "$demo_passed" -eq 0 ] || { [ "$demo_code" -ne 0 ] && [ "$demo_failed" -eq 0 ]; }; then
  echo "The demo ended with code $demo_code and did not finish its report: counted as one failure." >&2
  failed=$((failed + 1))
fi

summary
[ "$failed" -eq 0 ]
