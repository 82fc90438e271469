# Each crate with no feature, and with each of its features alone, warnings denied.

need_python
count=0
failed=0
while read -r crate feature; do
    count=$((count + 1))
    cargo clippy --quiet --locked -p "$crate" --no-default-features ${feature:+--features "$feature"} -- -D warnings || {
        failed=$((failed + 1))
        echo "error: that was $crate with ${feature:+the feature }${feature:-no feature}"
    }
done < <(python3 .ci/metadata.py features)
[[ $count -ge ${#crates[@]} ]] || die "no features were found"
echo "features: $count combinations of ${#crates[@]} crates, $failed of them with errors or warnings"
[[ $failed == 0 ]]
