package github

import "go.opentelemetry.io/otel/metric"

// Measure adds what is counted of the requests to GitHub.
func (s *Service) Measure(m metric.Meter) error { return s.upstream.Measure(m) }
