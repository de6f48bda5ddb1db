#!/bin/sh
# A cluster of kind with the commands that the tests need: up, down, env, exec,
# load-image, metrics, crds. It runs where Docker does, on Linux and as root: the
# tests enter the network of the node.
set -eu

NAME=mcp-fleet-test
NODE=$NAME-control-plane
DIR=${TMPDIR:-/tmp}/$NAME
KIND="go run sigs.k8s.io/kind@v0.32.0"
PID='{{.State.Pid}}'
export KUBECONFIG="$DIR/kubeconfig"

case ${1:-} in
up)
	mkdir -p "$DIR"
	$KIND create cluster --name "$NAME" --kubeconfig "$KUBECONFIG" --wait 120s
	# Of all names of the API server, only this one means it inside the node's network.
	kubectl config set-cluster "kind-$NAME" --server https://127.0.0.1:6443
	;;
down)
	$KIND delete cluster --name "$NAME"
	rm -rf "$DIR"
	;;
env) echo "export KUBECONFIG=$KUBECONFIG" ;;
exec)
	shift
	pid=$(docker inspect --format "$PID" "$NODE")
	exec nsenter -t "$pid" -n -- "$@"
	;;
load-image)
	shift
	for image; do
		case $image in *=*) ;; *)
			$KIND load image-archive --name "$NAME" "$image"
			continue
			;;
		esac
		binary=${image#*=} name=${image%%=*}
		printf 'FROM scratch\nCOPY %s /\nUSER 65532:65532\nENTRYPOINT ["/%s"]\n' "$(basename "$binary")" "$(basename "$binary")" |
			docker build -q -t "$name" -f - "$(dirname "$binary")"
		$KIND load docker-image --name "$NAME" "$name"
	done
	;;
metrics)
	kubectl() { "$0" exec kubectl "$@"; }
	kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml
	kubectl -n kube-system patch deployment metrics-server --type json -p \
		'[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--kubelet-insecure-tls"},{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--metric-resolution=10s"}]'
	kubectl -n kube-system rollout status deployment metrics-server --timeout 120s
	;;
crds)
	# shellcheck disable=SC2043
	for url in \
		https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.3/standard-install.yaml \
		https://github.com/prometheus-operator/prometheus-operator/releases/download/v0.85.0/stripped-down-crds.yaml; do
		"$0" exec kubectl apply --server-side --force-conflicts -f "$url"
	done
	;;
*)
	sed -n '2,4p' "$0"
	exit 2
	;;
esac
