// Package k8s holds the tests of the Helm chart and its services on a real
// Kubernetes cluster: installs, upgrades under load, replicas that share
// sessions and cursors, network policies, and Secrets that change.
//
// They need a cluster, so they run only with the build tag k8s: make test-k8s.
// The cluster comes from a program with the commands up, down, env, exec,
// load-image, metrics and crds, which K8S_CLUSTER names; without one, kind.sh
// makes one where Docker runs. Start with main_test.go, which starts the tests a
// second time inside the cluster's network, where every Service and every pod
// can be reached.
package k8s
