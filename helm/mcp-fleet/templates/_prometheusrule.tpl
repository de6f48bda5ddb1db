{{- define "mcp.prometheusrule" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $full := include "mcp.name" . -}}
{{- $meta := include "mcp.metadata" (list $root $name $full) | fromYaml -}}
{{- $_ := set $meta "labels" (mergeOverwrite $meta.labels ($root.Values.prometheusRule.labels | default dict)) -}}
{{- $rules := concat (include "mcp.alerts.serving" . | fromYamlArray) (include "mcp.alerts.callers" . | fromYamlArray) (include "mcp.alerts.resources" . | fromYamlArray) -}}
{{- if contains "database" (list $name $s.image.name $s.image.ref | join " ") -}}
{{- $rules = concat $rules (include "mcp.alerts.database" . | fromYamlArray) -}}
{{- end -}}
{{- if regexMatch "github|slack" (list $name $s.image.name $s.image.ref | join " ") -}}
{{- $rules = concat $rules (include "mcp.alerts.upstream" . | fromYamlArray) -}}
{{- end -}}
{{- if contains "slack" (list $name $s.image.name $s.image.ref | join " ") -}}
{{- $rules = concat $rules (include "mcp.alerts.slack" . | fromYamlArray) -}}
{{- end -}}
{{- range $rules -}}
{{- $_ := set .labels "namespace" $root.Release.Namespace -}}
{{- $_ := set .labels "mcp_service" $full -}}
{{- $_ := set .annotations "summary" (printf "%s/%s: %s" $root.Release.Namespace $full .annotations.summary) -}}
{{- $_ := set .annotations "runbook_url" (printf "%s%s" $root.Values.prometheusRule.runbookUrl (lower .alert)) -}}
{{- end -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- toYaml $meta | nindent 2 }}
spec:
  groups:
    - name: {{ $root.Release.Namespace }}.{{ $full }}
      rules:
        {{- toYaml $rules | nindent 8 }}
{{- end -}}

{{/* mcp.series (list $ "name" service): the matchers of a service's series. */}}
{{- define "mcp.series" -}}
namespace="{{ (index . 0).Release.Namespace }}",job="{{ include "mcp.name" . }}"
{{- end -}}

{{- define "mcp.alerts.serving" -}}
{{- $rule := (index . 0).Values.prometheusRule -}}
{{- $of := include "mcp.series" . -}}
- alert: MCPServiceAbsent
  expr: absent(up{ {{- $of -}} } == 1)
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: no replica answers
    description: >-
      Prometheus reads metrics of no replica. Either none runs, or it cannot reach the admin port:
      look at the pods and their events, then at serviceMonitor and networkPolicy.monitoring.
- alert: MCPReplicaDown
  expr: up{ {{- $of -}} } == 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $labels.pod }} does not answer'`}}
    description: >-
      The admin port of {{`{{ $labels.pod }}`}} has not answered for 5 minutes.
      Look at the pod's events, its restarts and its last log lines.
- alert: MCPReplicasUnavailable
  expr: kube_deployment_status_replicas_unavailable{namespace="{{ (index . 0).Release.Namespace }}",deployment="{{ include "mcp.name" . }}"} > 0
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value }} replicas are not ready'`}}
    description: >-
      Replicas are missing, or /readyz says why they are not ready: a database that is away,
      a secret that is not there, a node without room. The log says "not ready" with the reason.
- alert: MCPInternalErrors
  expr: >-
    sum(rate(mcp_server_operation_duration_seconds_count{ {{- $of -}} ,error_type="-32603"}[10m]))
    / sum(rate(mcp_server_operation_duration_seconds_count{ {{- $of -}} }[10m])) > {{ $rule.errorRatio }}
    and sum(increase(mcp_server_operation_duration_seconds_count{ {{- $of -}} ,error_type="-32603"}[10m])) > 5
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $value | humanizePercentage }} of the requests end in an internal error'`}}
    description: >-
      This is a defect of the service, no mistake of its callers. Take a correlation id from
      the log's lines of level ERROR: they have the cause and the stack.
- alert: MCPToolErrors
  expr: >-
    sum by (gen_ai_tool_name) (rate(mcpfleet_tool_errors_total{ {{- $of -}} ,code=~"INTERNAL_ERROR|SERVICE_UNAVAILABLE"}[10m]))
    / sum by (gen_ai_tool_name) (rate(mcp_server_operation_duration_seconds_count{ {{- $of -}} ,mcp_method_name="tools/call"}[10m])) > {{ $rule.errorRatio }}
    and sum by (gen_ai_tool_name) (increase(mcpfleet_tool_errors_total{ {{- $of -}} ,code=~"INTERNAL_ERROR|SERVICE_UNAVAILABLE"}[10m])) > 5
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $value | humanizePercentage }} of the calls of {{ $labels.gen_ai_tool_name }} fail'`}}
    description: >-
      The service or what it depends on is the cause, no mistake of its callers. SERVICE_UNAVAILABLE:
      look at what the service depends on. INTERNAL_ERROR: lines of level ERROR have the cause.
- alert: MCPSlowCalls
  expr: >-
    histogram_quantile(0.99, sum by (le) (rate(mcp_server_operation_duration_seconds_bucket{ {{- $of -}} ,mcp_method_name="tools/call"}[10m]))) > {{ $rule.latencySeconds }}
    and sum(increase(mcp_server_operation_duration_seconds_count{ {{- $of -}} ,mcp_method_name="tools/call"}[10m])) > 20
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'one call in a hundred takes {{ $value | humanizeDuration }} or longer'`}}
    description: >-
      Look at the dashboard for the tool, at the calls that wait (MCPConcurrencySaturated), at
      throttled CPU, and at what the service depends on. A trace shows where the time goes.
{{- end -}}

{{- define "mcp.alerts.callers" -}}
{{- $rule := (index . 0).Values.prometheusRule -}}
{{- $of := include "mcp.series" . -}}
- alert: MCPCallersUnauthenticated
  expr: sum(rate(mcpfleet_requests_refused_total{ {{- $of -}} ,reason="unauthenticated"}[5m])) > {{ $rule.refusedPerSecond }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} requests per second come without a good credential'`}}
    description: >-
      Somebody tries keys, or a client goes on with a key or a token that was withdrawn or has
      expired. The audit lines with outcome unauthenticated say when; the proxy in front knows from where.
- alert: MCPCallersForbidden
  expr: sum(rate(mcpfleet_requests_refused_total{ {{- $of -}} ,reason=~"forbidden|host|origin"}[5m])) > {{ $rule.refusedPerSecond }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} requests per second are not allowed'`}}
    description: >-
      The audit lines say why: forbidden is a caller without the scope, host a name that is not
      in MCP_ALLOWED_HOSTS, such as that of a new proxy, origin a web page that may not call.
- alert: MCPCallersRateLimited
  expr: sum(rate(mcpfleet_requests_refused_total{ {{- $of -}} ,reason="rate_limited"}[5m])) > {{ $rule.refusedPerSecond }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} requests per second are over the rate limit'`}}
    description: >-
      The audit lines with outcome rate_limited name the caller. Either it loops, or MCP_RATE_LIMIT
      is too low for what it does.
- alert: MCPServiceOverloaded
  expr: sum(increase(mcpfleet_requests_refused_total{ {{- $of -}} ,reason="overloaded"}[5m])) > 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: requests are turned away for want of room
    description: >-
      All sessions or requests that a replica may have are in use. Add replicas, or raise
      MCP_MAX_SESSIONS if there is memory for more.
- alert: MCPIssuerUnavailable
  expr: sum(increase(mcpfleet_requests_refused_total{ {{- $of -}} ,reason="unavailable"}[5m])) > 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: tokens cannot be checked
    description: >-
      The authorization server does not answer, so callers with its tokens are turned away.
      Look at its state, at DNS, and at auth.oauth.egress.
{{- end -}}

{{- define "mcp.alerts.resources" -}}
{{- $s := index . 2 -}}
{{- $of := include "mcp.series" . -}}
{{- $most := index ($s.config | default dict) "MCP_MAX_CONCURRENCY" | default 64 | int }}
- alert: MCPConcurrencySaturated
  expr: avg_over_time(mcpfleet_calls_running{ {{- $of -}} }[5m]) > 0.9 * {{ $most }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'calls wait for their turn on {{ $labels.pod }}'`}}
    description: >-
      {{`{{ $value | humanize }}`}} calls run on average, of {{ $most }} that may. Add replicas, or raise
      MCP_MAX_CONCURRENCY if CPU and memory have room.
- alert: MCPRateLimitsNotShared
  expr: mcpfleet_ratelimit_shared_ratio{ {{- $of -}} } == 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'Redis is away from {{ $labels.pod }}'`}}
    description: >-
      Each replica counts requests for itself: callers may send up to as many times more as there
      are replicas. Calls go on. Look at Redis and at redis.egress.
- alert: MCPAuditLinesLost
  expr: increase(mcpfleet_audit_errors_total{ {{- $of -}} }[10m]) > 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $labels.pod }} cannot write its audit file'`}}
    description: >-
      Calls go on without a record. Look at the volume of MCP_AUDIT_FILE: is it full, read-only or gone?
- alert: MCPMemoryNearLimit
  expr: process_resident_memory_bytes{ {{- $of -}} } > go_gc_gomemlimit_bytes{ {{- $of -}} }
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $labels.pod }} uses {{ $value | humanize1024 }}B, more than nine tenths of its limit'`}}
    description: >-
      The garbage collector now works against the limit, and the pod may be killed. Raise
      resources.limits.memory, or lower MCP_MAX_CONCURRENCY.
{{- end -}}

{{- define "mcp.alerts.database" -}}
{{- $of := include "mcp.series" . -}}
- alert: MCPDatabasePoolExhausted
  expr: increase(mcpfleet_database_pool_canceled_total{ {{- $of -}} }[10m]) > 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'calls got no connection to {{ $labels.db_client_connection_pool_name }}'`}}
    description: >-
      They waited until their time was over. Look for long queries and locks, then at
      DATABASE_POOL_MAX times replicas against the server's max_connections.
- alert: MCPDatabasePoolWaits
  expr: rate(mcpfleet_database_pool_wait_time_seconds_total{ {{- $of -}} }[5m]) > 1
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} calls wait for a connection to {{ $labels.db_client_connection_pool_name }}'`}}
    description: >-
      The pool is too small for the load, or queries are slow. The dashboard shows how much of it is used.
- alert: MCPDatabaseUnreachable
  expr: >-
    sum by (pod, db_client_connection_pool_name) (db_client_connection_count{ {{- $of -}} }) == 0
    and sum by (pod, db_client_connection_pool_name) (increase(mcpfleet_database_pool_opened_total{ {{- $of -}} }[5m])) > 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $labels.pod }} has no connection to {{ $labels.db_client_connection_pool_name }}'`}}
    description: >-
      Connections are tried and none comes about. Look at the server, at the password in
      the Secret, and at networkPolicy.egress.rules.
{{- end -}}

{{- define "mcp.alerts.upstream" -}}
{{- $of := include "mcp.series" . -}}
- alert: MCPUpstreamAway
  expr: min_over_time(mcpfleet_upstream_breaker_ratio{ {{- $of -}} }[5m]) > 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $labels.upstream }} does not answer {{ $labels.pod }}'`}}
    description: >-
      Ten requests in a row to {{`{{ $labels.server_address }}`}} failed or were answered with a status of 500 to 504,
      and so did the ones that try it again every fifteen seconds. Calls fail at once meanwhile. Look at
      the upstream's own page of its state, at DNS, and at networkPolicy.egress.
- alert: MCPUpstreamHeldBack
  expr: sum by (upstream) (increase(mcpfleet_upstream_unsent_total{ {{- $of -}} }[10m])) > 5
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} requests to {{ $labels.upstream }} were not sent in ten minutes'`}}
    description: >-
      A rate limit of the upstream is used up, too many calls wait for their turn, or the upstream is
      away (MCPUpstreamAway). Callers are told RATE_LIMITED and when to come again. Of GitHub the resource
      github://rate-limit and doctor say how much is left of which limit.
- alert: MCPUpstreamUnauthenticated
  expr: >-
    sum by (server_address) (rate(http_client_request_duration_seconds_count{ {{- $of -}} ,http_response_status_code="401"}[10m]))
    / sum by (server_address) (rate(http_client_request_duration_seconds_count{ {{- $of -}} }[10m])) > 0.5
    and sum by (server_address) (increase(http_client_request_duration_seconds_count{ {{- $of -}} ,http_response_status_code="401"}[10m])) > 5
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{`'{{ $labels.server_address }} refuses the credential'`}}
    description: >-
      More than half of the requests are answered with 401: the token, or the key of the App, has
      expired or was revoked. Make a new one and put it into its Secret; doctor says whose it is.
{{- end -}}

{{/* Slack refuses with status 200, and its limits are waited for above the requests. */}}
{{- define "mcp.alerts.slack" -}}
{{- $s := index . 2 -}}
{{- $of := include "mcp.series" . -}}
- alert: MCPSlackRateLimited
  expr: sum(increase(mcpfleet_tool_errors_total{ {{- $of -}} ,code="RATE_LIMITED"}[10m])) > 5
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{`'{{ $value | humanize }} calls were answered with RATE_LIMITED in ten minutes'`}}
    description: >-
      A limit of Slack's is used up, which holds for a method of the app in a workspace, whoever calls. The log's
      audit lines say whose calls they are. If reading 15 messages takes a minute, Slack takes the app
      for one that is distributed: make one of the workspace's own.
{{- if not (get ($s.config | default dict) "SLACK_CLIENT_ID") }}
- alert: MCPSlackTokenRefused
  expr: >-
    sum(rate(mcpfleet_tool_errors_total{ {{- $of -}} ,code="AUTHENTICATION_FAILED"}[10m]))
    / sum(rate(mcp_server_operation_duration_seconds_count{ {{- $of -}} ,mcp_method_name="tools/call"}[10m])) > 0.5
    and sum(increase(mcpfleet_tool_errors_total{ {{- $of -}} ,code="AUTHENTICATION_FAILED"}[10m])) > 5
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: Slack refuses the token
    description: >-
      More than half of the calls fail for the token: it was revoked, has expired, or the app was removed. Install
      the app again and put the new token into its Secret; the log names the setting, doctor says whose it is.
{{- end }}
{{- end -}}
