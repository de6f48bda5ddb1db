//go:build e2e

package chart

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// others are metrics of Prometheus itself and of kube-state-metrics and the
// kubelet, which are where the objects of the chart are watched.
var others = regexp.MustCompile(`^(up|ALERTS|kube_[a-z_]+|container_[a-z_]+)$`)

// targets are labels that Prometheus gives to what it reads from a target.
func targets() []string {
	return []string{"job", "instance", "namespace", "pod", "service", "container", "endpoint", "node"}
}

// grafana matches what Grafana replaces in an expression.
var grafana = regexp.MustCompile(`\$\{?__(rate_interval|interval|range)\}?`)

// wrong returns what is wrong with an expression: that it is none, or that it
// names a metric or a label that nothing exports.
func wrong(expr string, exported map[string]map[string]bool) []string {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(grafana.ReplaceAllString(expr, "5m"))
	if err != nil {
		return []string{err.Error()}
	}
	all := make(map[string]bool)
	for _, l := range targets() {
		all[l] = true
	}
	var problems []string
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		name := v.Name
		for _, m := range v.LabelMatchers {
			if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
				name = m.Value
			}
		}
		if others.MatchString(name) {
			for _, m := range v.LabelMatchers {
				all[m.Name] = true
			}
			return nil
		}
		if exported[name] == nil {
			problems = append(problems, fmt.Sprintf("the metric %q", name))
			return nil
		}
		maps.Copy(all, exported[name])
		for _, m := range v.LabelMatchers {
			if m.Name != labels.MetricName && !exported[name][m.Name] && !slices.Contains(targets(), m.Name) {
				problems = append(problems, fmt.Sprintf("the label %q of %s", m.Name, name))
			}
		}
		return nil
	})
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, l := range a.Grouping {
				if !all[l] {
					problems = append(problems, fmt.Sprintf("the label %q by which it is grouped", l))
				}
			}
		}
		return nil
	})
	return problems
}

func TestWrongExpressionsAreFound(t *testing.T) {
	exported := map[string]map[string]bool{"calls_total": {"tool": true}, "calls_running": {}}
	for expr, want := range map[string]int{
		`sum by (tool, pod) (rate(calls_total{tool!="",job="x"}[$__rate_interval]))`: 0,
		`absent(up{job="x"} == 1)`:                        0,
		`sum(rate(calls_total[5m])`:                       1,
		`rate(calls[5m])`:                                 1,
		`calls_total{tools="x"}`:                          1,
		`sum by (tools) (calls_total)`:                    1,
		`sum by (tool) (calls_running)`:                   1,
		`calls_running / on (pod) group_left calls_total`: 0,
	} {
		if got := wrong(expr, exported); len(got) != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
}

// TestDashboards reads the queries out of every panel and variable.
func TestDashboards(t *testing.T) {
	exported := exported(t)
	values := regexp.MustCompile(`^label_values\((.+), *([a-z_]+)\)$`)
	for name, data := range source(t, "dashboards/*.json") {
		var dashboard any
		if err := json.Unmarshal(data, &dashboard); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		queries := 0
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case map[string]any:
				for k, e := range v {
					text, ok := e.(string)
					if m := values.FindStringSubmatch(text); ok && m != nil {
						text = fmt.Sprintf("sum by (%s) (%s)", m[2], m[1])
					} else if !ok || k != "expr" {
						walk(e)
						continue
					}
					queries++
					for _, problem := range wrong(text, exported) {
						t.Errorf("%s: %s\n\t%s", name, problem, text)
					}
				}
			}
		}
		walk(dashboard)
		if queries < 5 {
			t.Errorf("%s has %d queries", name, queries)
		}
		checkPanels(t, name, data)
	}
}

// checkPanels holds what Grafana does not tell of a broken dashboard.
func checkPanels(t *testing.T, name string, data []byte) {
	t.Helper()
	type place struct{ X, Y, W, H int }
	var dashboard struct {
		UID, Title    string
		ID            *int
		SchemaVersion int `json:"schemaVersion"`
		Panels        []struct {
			ID          int
			Type, Title string
			GridPos     place `json:"gridPos"`
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion == 0 {
		t.Errorf("%s has no uid, title or schemaVersion", name)
	}
	if dashboard.ID != nil {
		t.Errorf("%s has the id %d of some Grafana", name, *dashboard.ID)
	}
	ids := make(map[int]bool)
	var places []place
	for _, p := range dashboard.Panels {
		if p.ID == 0 || ids[p.ID] || p.Title == "" {
			t.Errorf("%s: the panel %q has the id %d, which is none of its own", name, p.Title, p.ID)
		}
		ids[p.ID] = true
		g := p.GridPos
		if g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > 24 {
			t.Errorf("%s: the panel %q is at %+v", name, p.Title, g)
		}
		for _, o := range places {
			if g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H {
				t.Errorf("%s: the panel %q is upon another", name, p.Title)
			}
		}
		places = append(places, g)
	}
}

// The ConfigMap has the dashboards as they are, and Grafana's sidecar finds it.
func TestDashboardIsShipped(t *testing.T) {
	shipped := make(map[string]string)
	for _, o := range objects(t, "dashboard: {enabled: true}") {
		if o.kind() != "ConfigMap" || o.text("metadata", "labels", "grafana_dashboard") == "" {
			continue
		}
		data, _ := o.at("data").(map[string]any)
		for name, text := range data {
			shipped[name], _ = text.(string)
		}
	}
	for name, data := range source(t, "dashboards/*.json") {
		if strings.TrimSpace(shipped[name]) != string(data) {
			t.Errorf("%s is not shipped as it is", name)
		}
	}
}

func TestAlerts(t *testing.T) {
	exported := exported(t)
	alerts := make(map[string]int)
	rules := 0
	for _, o := range objects(t, `
prometheusRule: {enabled: true}
redis: {existingSecret: mcp-redis}
services:
  database: {enabled: true, secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}}
  github: {enabled: true}
  slack: {enabled: true, secretFiles: {SLACK_BOT_TOKEN_FILE: {existingSecret: mcp-slack}}}
`) {
		if o.kind() != "PrometheusRule" {
			continue
		}
		data, err := yaml.Marshal(o.at("spec"))
		if err != nil {
			t.Fatal(err)
		}
		groups, problems := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		for _, err := range problems {
			t.Errorf("%v: %v", o, err)
		}
		if groups == nil {
			continue
		}
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				rules++
				alerts[r.Alert]++
				for _, problem := range wrong(r.Expr, exported) {
					t.Errorf("%s: %s\n\t%s", r.Alert, problem, r.Expr)
				}
				if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
					t.Errorf("%s lacks a severity, a summary or a description", r.Alert)
				}
				if r.For == 0 {
					t.Errorf("%s rings at the first sample", r.Alert)
				}
			}
		}
	}
	for alert, want := range map[string]int{"MCPServiceAbsent": 5, "MCPDatabaseUnreachable": 1, "MCPUpstreamAway": 2, "MCPSlackRateLimited": 1, "MCPSlackTokenRefused": 1} {
		if alerts[alert] != want {
			t.Errorf("%s is there %d times, want %d", alert, alerts[alert], want)
		}
	}
	if len(alerts) < 4 {
		t.Errorf("%d rules of %d names: %v", rules, len(alerts), alerts)
	}
}

// A ServiceMonitor without a port that the pods have would be silent.
func TestMonitorsFindTheirPort(t *testing.T) {
	list := objects(t, "defaults: {serviceMonitor: {enabled: true}}")
	for _, service := range []string{"calculator", "files"} {
		m := one(t, list, "ServiceMonitor", service)
		selector, _ := m.at("spec", "selector", "matchLabels").(map[string]any)
		port := m.text("spec", "endpoints", 0, "port")
		found := false
		for _, o := range list {
			if o.kind() != "Service" || len(selector) == 0 {
				continue
			}
			labels, _ := o.at("metadata", "labels").(map[string]any)
			matches := true
			for k, v := range selector {
				matches = matches && labels[k] == v
			}
			ports, _ := o.at("spec", "ports").([]any)
			for _, p := range ports {
				found = found || matches && object(p.(map[string]any)).text("name") == port
			}
		}
		if !found {
			t.Errorf("%v selects no Service with the port %q", m, port)
		}
	}
}
