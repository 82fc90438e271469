# The gRPC code that is checked in, against its .proto files. The compiler is Rust: no protoc.

cargo run --quiet --locked --manifest-path tests/codegen/Cargo.toml -- --check
echo "codegen: $(ls examples/shop/proto/*.proto | wc -l) .proto files, the code checked in is theirs"
