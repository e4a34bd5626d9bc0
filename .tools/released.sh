#!/usr/bin/env bash
# Keeps the manifests of the version of package.json, as those that the next version is to be an upgrade of:
# test/lab/upgrade applies them before the manifests of the day. Part of the commit of a release.
#
#   npm run released
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(node -p 'require("./package.json").version')
git diff --quiet HEAD -- manifests || { echo 'manifests/ has changes that are not committed' >&2; exit 1; }
rm -f test/lab/released/*.tar.gz
# The same bytes each time: no owners, no times.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - manifests | gzip -9n > "test/lab/released/$version.tar.gz"
echo "test/lab/released/$version.tar.gz"
