//! Writes copies of the sources with one thing broken in each, which the models must notice.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What is broken, in which file, and how.
const BREAKS: [(&str, &str, &str, &str); 7] = [
    (
        "writer_fence_gone",
        "seqlock",
        "fence(SeqCst);\n        let unix_ms",
        "let unix_ms",
    ),
    (
        "writer_fence_release_only",
        "seqlock",
        "fence(SeqCst);\n        let unix_ms",
        "fence(Release);\n        let unix_ms",
    ),
    (
        "reader_fence_gone",
        "seqlock",
        "fence(SeqCst);\n                if",
        "if",
    ),
    (
        "reader_fence_acquire_only",
        "seqlock",
        "fence(SeqCst);\n                if",
        "fence(Acquire);\n                if",
    ),
    (
        "published_relaxed",
        "seqlock",
        "self.seq.store(seq + 2, Release)",
        "self.seq.store(seq + 2, Relaxed)",
    ),
    (
        "first_look_relaxed",
        "seqlock",
        "self.seq.load(Acquire)",
        "self.seq.load(Relaxed)",
    ),
    (
        "counted_relaxed",
        "shards",
        "[bucket].fetch_add(1, Release)",
        "[bucket].fetch_add(1, Relaxed)",
    ),
];

fn main() {
    let sources = Path::new("../../traceprop-metrics/src");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for (name, file, from, to) in BREAKS {
        let path = sources.join(file).with_extension("rs");
        println!("cargo::rerun-if-changed={}", path.display());
        let source = fs::read_to_string(&path).expect("the source is there");
        assert_eq!(source.matches(from).count(), 1, "{file}: {from}");
        let broken = source.replacen(from, to, 1);
        // An included file may have no documentation of its own.
        let broken: Vec<&str> = broken
            .lines()
            .filter(|line| !line.starts_with("//!"))
            .collect();
        fs::write(out.join(name).with_extension("rs"), broken.join("\n")).expect("OUT_DIR is ours");
    }
}
