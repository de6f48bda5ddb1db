{{/* The Service that clients use does not have the admin port: a mistake in a route
or a Service of type LoadBalancer must not publish it. */}}
{{- define "mcp.metricsservice" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}
{{- $meta := include "mcp.metadata" (list $root $name (include "mcp.metricsname" .)) | fromYaml -}}
{{- $_ := set $meta.labels "app.kubernetes.io/component" "metrics" -}}
apiVersion: v1
kind: Service
metadata:
  {{- toYaml $meta | nindent 2 }}
spec:
  clusterIP: None
  selector:
    {{- include "mcp.selector" . | nindent 4 }}
  ports:
    - {name: admin, port: 9090, targetPort: admin}
{{- end -}}

{{- define "mcp.metricsname" -}}
{{- include "mcp.name" . | trunc 55 | trimSuffix "-" -}}-metrics
{{- end -}}

{{- define "mcp.servicemonitor" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $full := include "mcp.name" . -}}
{{- $meta := include "mcp.metadata" (list $root $name $full) | fromYaml -}}
{{- $_ := set $meta "labels" (mergeOverwrite $meta.labels ($s.serviceMonitor.labels | default dict)) -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- toYaml $meta | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "mcp.selector" . | nindent 6 }}
      app.kubernetes.io/component: metrics
  endpoints:
    - port: admin
      path: /metrics
      interval: {{ $s.serviceMonitor.interval }}
      relabelings:
        - {targetLabel: job, replacement: {{ $full }}}
{{- end -}}
