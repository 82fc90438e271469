//! Writes the shop's gRPC code from its `.proto` file: `cargo run` rewrites the file that is checked
//! in, `cargo run -- --check` fails where that file is not what would be written.
#![forbid(unsafe_code)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let check = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("usage: traceprop-codegen [--check]".into()),
    };
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let checked_in = shop.join("src/generated/payments.rs");
    let generated = generate(&shop.join("proto"))?;
    if !check {
        fs::write(&checked_in, generated)?;
        return Ok(ExitCode::SUCCESS);
    }
    if fs::read_to_string(&checked_in)? == generated {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "{} is not what its .proto file gives: run `cargo run` in tests/codegen",
        checked_in.display()
    );
    Ok(ExitCode::FAILURE)
}

fn generate(protos: &Path) -> Result<String> {
    let folder = Scratch::new()?;
    let files = protox::compile(["payments.proto"], [protos])?;
    tonic_prost_build::configure()
        .out_dir(&folder.0)
        .compile_fds(files)?;
    Ok(fs::read_to_string(folder.0.join("shop.rs"))?)
}

/// A folder that goes away with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("traceprop-codegen-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind at worst, in the folder for that.
        let _ = fs::remove_dir_all(&self.0);
    }
}
