# What the papers say about versions and features, against the manifests.

need_python
python3 .ci/metadata.py papers
