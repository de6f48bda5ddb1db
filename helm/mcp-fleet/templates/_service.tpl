{{- define "mcp.kubeservice" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "mcp.metadata" (list $root $name (include "mcp.name" .) $s.service.annotations) | nindent 2 }}
spec:
  type: {{ $s.service.type }}
  {{- with $s.service.trafficDistribution }}
  trafficDistribution: {{ . }}
  {{- end }}
  selector:
    {{- include "mcp.selector" . | nindent 4 }}
  ports:
    - name: http
      port: {{ $s.service.port }}
      targetPort: http
      appProtocol: http
      {{- with $s.service.nodePort }}
      nodePort: {{ . }}
      {{- end }}
{{- end -}}
