# The five crates as they would be published: packed, unpacked, and compiled from what was packed.
#
# `cargo package` would build each by itself; one workspace of all five is a third of the work.

cargo package --quiet --no-verify --locked --allow-dirty "${crates[@]/#/-p}"
unpacked=$scratch/package
rm -rf "$unpacked"
mkdir -p "$unpacked"
files=0
for crate in "${crates[@]}"; do
    tar xzf "$CARGO_TARGET_DIR/package/$crate"-[0-9]*.crate -C "$unpacked"
    mv "$unpacked/$crate"-[0-9]* "$unpacked/$crate"
    for file in README.md LICENSE-MIT LICENSE-APACHE src/lib.rs; do
        [[ -s $unpacked/$crate/$file ]] || die "$crate is packed without $file"
    done
    files=$((files + $(find "$unpacked/$crate" -type f | wc -l)))
done
{
    printf '[workspace]\nresolver = "3"\nmembers = ["traceprop-*"]\n\n[patch.crates-io]\n'
    printf '%s = { path = "%s" }\n' $(printf '%s\n' "${crates[@]}" | sed 's/.*/& &/')
} >"$unpacked/Cargo.toml"
cp Cargo.lock "$unpacked/"
cargo check --quiet --all-features --manifest-path "$unpacked/Cargo.toml"
echo "package: ${#crates[@]} crates of $files packed files compile, each with README and licences"
