// Package chart holds the proofs of the Helm chart in helm/mcp-fleet and of
// deploy/compose.yaml that need no cluster: what is rendered is valid for the
// Kubernetes API, hardened, complete, and free of secrets, and what cannot work
// is refused before it is installed.
//
// Run them with make test-chart. It is a module of its own because of the
// libraries of Kubernetes, Prometheus and Compose that judge here.
package chart
