# Every parser under the fuzzer for ten seconds, with the address sanitizer, from the corpus that the
# vectors seed. `.ci/long fuzz` gives each ten minutes.

seconds=${FUZZ_SECONDS:-10}
command -v c++ >/dev/null || skip "libFuzzer needs a C++ compiler and there is no c++ here"
version=0.13.2
export PATH=$scratch/tools/bin:$PATH
if ! cargo fuzz --version 2>/dev/null | grep -qF "$version"; then
    cargo install --quiet --debug --locked --root "$scratch/tools" "cargo-fuzz@$version"
fi
# Sanitized artefacts are of no use to anyone else.
CARGO_TARGET_DIR=$scratch/fuzz CARGO_PROFILE_DEV_DEBUG=1 tests/fuzz/run "$seconds" >"$scratch/fuzz.log" 2>&1 || {
    tail -n 40 "$scratch/fuzz.log"
    die "a fuzz target failed; its input is in tests/fuzz/artifacts"
}
targets=$(grep -c '^== ' "$scratch/fuzz.log")
runs=$(awk '/^stat::number_of_executed_units:/ { sum += $2 } END { print sum }' "$scratch/fuzz.log")
echo "fuzz: $targets targets, $seconds s each, $runs inputs, 0 crashes"
