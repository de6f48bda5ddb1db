//go:build k8s

package k8s

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Twice the replicas answer twice the calls.
func TestThroughput(t *testing.T) {
	// Enough work for a call that the clients cost little beside it.
	const (
		expression, value = "mod(factorial(20000), 19997)", "0"
		window, windows   = 2 * time.Second, 3
		// clients of each replica: it is never idle, and none waits as long as a
		// calculation may take.
		clients = 12
	)
	limits := map[int]float64{1: 1, 2: 1.8, 4: 3.5}
	values := func(replicas int) string {
		return scaled(replicas) + "    resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {cpu: 200m, memory: 256Mi}}\n"
	}
	r := prepare(t, namespace(t, "throughput", nil))
	r.install(t, values(1))
	var one float64
	for _, n := range []int{1, 2, 4} {
		kubectl(t, "-n", r.ns, "scale", "deployment/fleet-calculator", fmt.Sprintf("--replicas=%d", n))
		r.awaitPods(t, "calculator", n)
		l := r.start(t, load{era: modern, clients: clients * n, keepAlive: true, expression: expression, value: value})
		tick := time.NewTicker(window)
		<-tick.C // until connections are made and quotas are in use
		var rates []float64
		for range windows {
			before, begin := l.count(), time.Now()
			<-tick.C
			rates = append(rates, float64(l.count()-before)/time.Since(begin).Seconds())
		}
		tick.Stop()
		l.noneFailed()
		slices.Sort(rates)
		rate := rates[len(rates)/2]
		if n == 1 {
			one = rate
		}
		t.Logf("%d replicas with 200m: %.0f calls a second, %.2f times those of one (limit %.1f)", n, rate, rate/one, limits[n])
		if rate < limits[n]*one {
			t.Errorf("%d replicas: %.0f calls a second, less than %.1f times %.0f", n, rate, limits[n], one)
		}
	}
}

// The number of replicas follows the load, and no call fails for it.
func TestAutoscaling(t *testing.T) {
	r := prepare(t, namespace(t, "autoscaling", nil))
	r.install(t, scaled(2)+`    resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 256Mi}}
    autoscaling:
      enabled: true
      minReplicas: 2
      maxReplicas: 4
      targetCPU: 80
      behavior:
        scaleUp: {stabilizationWindowSeconds: 0}
        scaleDown: {stabilizationWindowSeconds: 5}
`)
	few := r.start(t, load{era: modern, clients: 16, pause: 500 * time.Millisecond, keepAlive: true})
	// So many that chance does not leave a replica with less than half of its share.
	many := r.start(t, load{era: modern, clients: 128, pause: 80 * time.Millisecond, keepAlive: true, expression: "mod(factorial(1000), 997)", value: "0"})
	up := await(t, 2*patience, "there are more replicas", func() (bool, error) { return len(r.pods(t, "calculator")) == 4, nil })
	r.shares(t, r.awaitPods(t, "calculator", 4))
	many.noneFailed()
	begin := time.Now()
	r.awaitPods(t, "calculator", 2)
	few.noneFailed()
	t.Logf("2 replicas became 4 in %.0f s, and 2 again in %.0f s", up.Seconds(), time.Since(begin).Seconds())
}
