# The five crates as they would be published: packed, unpacked and built.

cargo package --quiet --locked --allow-dirty "${crates[@]/#/-p}"
files=0
for crate in "${crates[@]}"; do
    archive=$(ls "$CARGO_TARGET_DIR/package/$crate"-[0-9]*.crate)
    list=$(tar tzf "$archive")
    for file in README.md LICENSE-MIT LICENSE-APACHE src/lib.rs; do
        grep -q "^[^/]*/$file\$" <<<"$list" || die "$crate is packed without $file"
    done
    files=$((files + $(wc -l <<<"$list")))
done
echo "package: ${#crates[@]} crates built from $files packed files, each with README and licences"
