# The types of other crates in public signatures, against the list in each crate's Cargo.toml.
#
# The tool reads rustdoc's JSON, which is unstable: it is the version for rustc 1.95's format, and
# `.ci/rustdoc-json` lets a stable rustdoc write it.

[[ $(rustc --version) == "rustc 1.95."* ]] ||
    skip "the checker reads the format of rustc 1.95 and this is $(rustc --version)"
version=0.5.0
tool=$scratch/tools/bin/cargo-check-external-types
if ! "$tool" --version 2>/dev/null | grep -qF "$version"; then
    cargo install --quiet --debug --locked --root "$scratch/tools" "cargo-check-external-types@$version"
fi
for crate in "${crates[@]}"; do
    RUSTDOC=$PWD/.ci/rustdoc-json "$tool" check-external-types --all-features --manifest-path "$crate/Cargo.toml" ||
        die "$crate has types of other crates in its public signatures that its Cargo.toml does not allow"
done
echo "types: ${#crates[@]} crates, every external type is on its list"
