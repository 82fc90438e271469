# traceprop-metrics under the plain model of `prometheus`; the part `test` has all features on, and with
# them the protobuf model.

log=$scratch/models.log
cargo test --quiet --locked -p traceprop-metrics --no-fail-fast 2>&1 | tee "$log"
awk '/^test result:/ { passed += $4; failed += $6 }
    END {
        printf "models: %d passed and %d failed under the plain model\n", passed, failed
        exit !(passed > 0 && failed == 0)
    }' "$log"
