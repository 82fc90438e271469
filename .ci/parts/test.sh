# The README's test command: unit, integration and documentation tests.

test_command="cargo test --workspace --all-features"
grep -qxF "$test_command" README.md || die "README.md does not give the test command: $test_command"
log=$scratch/test.log
$test_command --locked --no-fail-fast 2>&1 | tee "$log"
awk '/^test result:/ { suites += 1; passed += $4; failed += $6; ignored += $8 }
    END {
        printf "test: %d passed, %d failed, %d ignored, in %d suites\n", passed, failed, ignored, suites
        exit !(passed > 0 && failed == 0 && ignored == 0)
    }' "$log"
