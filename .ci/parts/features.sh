# Each crate with no feature, and with each of its features alone, warnings denied.

need_python
count=0
while read -r crate feature; do
    cargo clippy --quiet --locked -p "$crate" --no-default-features ${feature:+--features "$feature"} -- -D warnings ||
        die "$crate with ${feature:-no feature} does not build without warnings"
    count=$((count + 1))
done < <(python3 .ci/metadata.py features)
[[ $count -ge ${#crates[@]} ]] || die "no features were found"
echo "features: $count combinations of ${#crates[@]} crates, 0 warnings"
