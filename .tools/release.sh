#!/usr/bin/env bash
# Publishes the version of package.json with a statement of where it was built (provenance) and a list of what it is
# made of (SBOM, CycloneDX). Runs in CI with an identity that the registry trusts; the tag is made by hand before.
#
#   npm run release -- --dry-run   does all but publish
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() {
  echo "not released: $1" >&2
  exit 1
}

version=$(node -p 'require("./package.json").version')
[ -z "$(git status --porcelain)" ] || refuse 'the working tree has changes: commit them'
grep -qx "## $version" CHANGELOG.md || refuse "CHANGELOG.md has no section $version: write it"
if [ "${1:-}" != --dry-run ]; then
  [ "$(git describe --exact-match --tags 2> /dev/null)" = "v$version" ] || refuse "this commit has no tag v$version"
fi

# .npmrc forbids scripts of packages, our own `prepack` among them.
rm -rf dist
npm run --silent build
npm run --silent api -- --check
out=$(mktemp -d)
npm pack --silent --pack-destination "$out"
npm sbom --sbom-format cyclonedx --omit dev > "$out/inference-constructs-$version.cdx.json"
(cd "$out" && sha256sum -- *)
npm publish "$out/inference-constructs-$version.tgz" --provenance --access public "$@"
echo "$out: attach to the release of v$version"
