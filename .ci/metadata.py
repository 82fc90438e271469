"""What can be read from `cargo metadata`: features, dependencies, and whether the papers agree.

    python3 .ci/metadata.py features    one line "crate feature" for each combination to build
    python3 .ci/metadata.py deps        rules for the dependencies
    python3 .ci/metadata.py papers      README.md and CHANGELOG.md against the manifests
"""

import json
import pathlib
import re
import subprocess
import sys

CRATES = ["traceprop-core", "traceprop-http", "traceprop-grpc", "traceprop-kafka", "traceprop-metrics"]

# Two of these in one program mean two sets of types, and traces that end between them.
ONE_VERSION = [
    "axum", "http", "http-body", "hyper", "opentelemetry", "opentelemetry-otlp", "opentelemetry-proto",
    "opentelemetry_sdk", "prometheus", "prost", "rdkafka", "reqwest", "reqwest-middleware", "tokio",
    "tonic", "tower-layer", "tower-service", "tracing", "tracing-core", "tracing-opentelemetry",
    "tracing-subscriber",
]

# These need a program or a library that is not there with a C compiler and make.
NEED_MORE = [
    "aws-lc-sys", "cmake", "native-tls", "openssl", "openssl-sys", "prost-build", "protobuf-src",
    "tonic-build", "tonic-prost-build",
]

# Their types may be in core's signatures alone, so that an adapter outlives a change of set-up.
CORE_ONLY = ["opentelemetry_sdk", "tracing_opentelemetry", "tracing_subscriber"]


def fail(lines):
    for line in lines:
        print("error:", line, file=sys.stderr)
    sys.exit(1)


def packages(metadata):
    return {package["name"]: package for package in metadata["packages"] if package["name"] in CRATES}


def features(metadata):
    for crate in CRATES:
        print(crate, "")
        for feature in sorted(packages(metadata)[crate]["features"]):
            if feature != "default":
                print(crate, feature)


def reached(metadata, names):
    """The ids of the packages that the named ones are built with; what only tests need is left out."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    open_ids = [package["id"] for package in metadata["packages"] if package["name"] in names]
    seen = set()
    while open_ids:
        package = open_ids.pop()
        if package not in seen:
            seen.add(package)
            for dep in nodes[package]["deps"]:
                if any(kind["kind"] != "dev" for kind in dep["dep_kinds"]):
                    open_ids.append(dep["pkg"])
    return seen


def version(text):
    return tuple(int(part) for part in (text.split(".") + ["0", "0"])[:3])


def deps(metadata):
    wrong = []
    versions = {}
    for package in metadata["packages"]:
        versions.setdefault(package["name"], []).append(package["version"])
    for name in ONE_VERSION:
        if len(versions.get(name, [])) > 1:
            wrong.append(f"{name} is there in {len(versions[name])} versions: {', '.join(versions[name])}")
    wrong += [f"{name} needs more than a C compiler and make" for name in NEED_MORE if name in versions]

    ids = reached(metadata, CRATES)
    used = [package for package in metadata["packages"] if package["id"] in ids]
    oldest = packages(metadata)["traceprop-core"]["rust_version"]
    for package in used:
        if version(package["rust_version"] or "1") > version(oldest):
            wrong.append(f"{package['name']} {package['version']} needs Rust {package['rust_version']}, "
                         f"and the crates promise {oldest}")

    for name, package in packages(metadata).items():
        allowed = ((package["metadata"] or {}).get("cargo_check_external_types") or {})
        patterns = allowed.get("allowed_external_types")
        if patterns is None:
            wrong.append(f"{name} has no list of allowed external types")
        elif name != "traceprop-core":
            wrong += [f"{name} allows types of {crate}" for crate in CORE_ONLY
                      if any(re.split("::|[*]", pattern)[0] == crate for pattern in patterns)]
    if wrong:
        fail(wrong)
    doubles = sum(len(found) > 1 for found in versions.values())
    print(f"deps: {len(metadata['packages'])} packages, {doubles} in two versions or more and none of those "
          f"that must not be; {len(used)} under the crates, none needs more than Rust {oldest}")


def papers(metadata):
    readme = pathlib.Path("README.md").read_text(encoding="utf-8")
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")]
            for line in readme.splitlines() if line.startswith("|")]
    wrong = []

    # The compatibility table: a heading with the names of crates, and our newest minor below it.
    ours = packages(metadata)
    heading = next((row for row in rows if row[0] == "traceprop"), None)
    minor = ".".join(ours["traceprop-core"]["version"].split(".")[:2])
    row = next((row for row in rows if row[0] == minor), None)
    if heading is None or row is None:
        fail([f"README.md has no row for {minor} in its compatibility table"])
    required = {dep["name"]: dep["req"].lstrip("^=") for package in ours.values()
                for dep in package["dependencies"]}
    required["Rust"] = ours["traceprop-core"]["rust_version"]
    for name, said in list(zip(heading, row))[1:]:
        name = name.strip("`")
        if not (required.get(name, "") + ".").startswith(said + "."):
            wrong.append(f"README.md says {name} {said}, and the manifests {required.get(name)}")

    # The table of features: crate, feature, what it does.
    said = {(row[0], row[1]) for row in rows if row[0] in CRATES and len(row) == 3}
    there = {(name, feature) for name, package in ours.items()
             for feature in package["features"] if feature != "default"}
    wrong += [f"README.md does not list the feature {feature} of {name}" for name, feature in sorted(there - said)]
    wrong += [f"README.md lists {feature!r} of {name}, which is not there" for name, feature in sorted(said - there)
              if feature]

    for name, package in ours.items():
        for field in ["description", "keywords", "categories", "repository", "license", "readme", "documentation"]:
            if not package[field]:
                wrong.append(f"{name} has no {field} in its manifest")
        if not ((package["metadata"] or {}).get("docs") or {}).get("rs"):
            wrong.append(f"{name} does not say what docs.rs builds")
        if f"## [{package['version']}]" not in pathlib.Path("CHANGELOG.md").read_text(encoding="utf-8"):
            wrong.append(f"CHANGELOG.md has no entry for {name} {package['version']}")
    if wrong:
        fail(wrong)
    print(f"papers: {len(heading) - 1} versions, {len(there)} features and the metadata of {len(ours)} crates agree")


def main():
    rules = {"features": features, "deps": deps, "papers": papers}
    rule = rules.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if rule is None:
        fail([__doc__])
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    rule(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


main()
