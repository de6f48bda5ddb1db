//go:build k8s

package k8s

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// claim is what tests look at of a PersistentVolumeClaim.
type claim struct {
	meta
	Spec struct {
		StorageClassName string
		AccessModes      []string
		Resources        any
	}
	Status struct{ Phase string }
}

// provide gives the claims of a namespace a folder of this machine each, where
// the cluster has nothing that makes volumes, until the test ends.
func provide(t *testing.T, ns string) {
	t.Helper()
	for _, class := range get[meta](t, "storageclasses") {
		if class.Metadata.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" {
			return
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	made := make(map[string]bool)
	go func() {
		defer close(ended)
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for _, c := range get[claim](t, "persistentvolumeclaims", "-n", ns) {
				if c.Status.Phase == "Pending" && !made[c.Metadata.Name] {
					made[c.Metadata.Name] = true
					volume(t, c)
				}
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		for name := range made {
			kubectl(t, "delete", "persistentvolume", ns+"-"+name, "--wait=false", "--ignore-not-found")
		}
	})
}

// volume makes the one that a claim gets.
func volume(t *testing.T, c claim) {
	dir, err := os.MkdirTemp("", "k8s-volume") //nolint:usetesting // a pod that is still ending may write, which is no failure
	if err == nil {
		err = os.Chmod(dir, 0o777) // the services are not root
	}
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolume", "metadata": map[string]any{"name": c.Metadata.Namespace + "-" + c.Metadata.Name},
		"spec": map[string]any{
			"capacity": map[string]string{"storage": "100Gi"}, "accessModes": c.Spec.AccessModes,
			"persistentVolumeReclaimPolicy": "Retain", "storageClassName": c.Spec.StorageClassName,
			"claimRef": map[string]string{"namespace": c.Metadata.Namespace, "name": c.Metadata.Name},
			"hostPath": map[string]string{"path": dir},
		},
	})
}

// sharedClaim makes a claim that pods may share.
func sharedClaim(t *testing.T, ns, name string, modes ...string) {
	t.Helper()
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": map[string]string{"name": name, "namespace": ns},
		"spec": map[string]any{"accessModes": modes, "resources": map[string]any{"requests": map[string]string{"storage": "1Gi"}}},
	})
	await(t, patience, "the claim "+strings.Join(modes, ",")+" has a volume", func() (bool, error) {
		for _, c := range get[claim](t, "persistentvolumeclaims", "-n", ns) {
			if c.Metadata.Name == name {
				return c.Status.Phase == "Bound", nil
			}
		}
		return false, nil
	})
}
