{{/* Under a path other than / the service is at PATH/mcp, its OAuth metadata still at
the host's root, before that path (RFC 9728, section 3.1). */}}
{{- define "mcp.wellknown" -}}
/.well-known/oauth-protected-resource/{{ trimAll "/" . }}
{{- end -}}

{{/* What a service serves beside /mcp for browsers, and for what GitHub and Slack
send, as a JSON list. */}}
{{- define "mcp.besidePaths" -}}
{{- $out := list -}}
{{- $config := .config | default dict -}}{{- $files := .secretFiles | default dict -}}
{{- if get $config "GITHUB_CLIENT_ID" -}}{{- $out = append $out "/oauth/github" -}}{{- end -}}
{{- if get $config "SLACK_CLIENT_ID" -}}{{- $out = append $out "/oauth/slack" -}}{{- end -}}
{{- if dig "GITHUB_WEBHOOK_SECRET_FILE" "existingSecret" "" $files -}}{{- $out = append $out "/webhooks/github" -}}{{- end -}}
{{- if dig "SLACK_SIGNING_SECRET_FILE" "existingSecret" "" $files -}}{{- $out = append $out "/webhooks/slack" -}}{{- end -}}
{{- $out | toJson -}}
{{- end -}}

{{- define "mcp.ingress" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $full := include "mcp.name" . -}}
{{- $paths := list $s.ingress.path -}}
{{- if ne $s.ingress.path "/" -}}{{- $paths = append $paths (include "mcp.wellknown" $s.ingress.path) -}}{{- end -}}
{{- if eq $s.ingress.path "/mcp" -}}{{- $paths = concat $paths (include "mcp.besidePaths" $s | fromJsonArray) -}}{{- end -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "mcp.metadata" (list $root $name $full $s.ingress.annotations) | nindent 2 }}
spec:
  {{- with $s.ingress.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  {{- with $s.ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range $s.ingress.hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          {{- range $paths }}
          - path: {{ . | quote }}
            pathType: Prefix
            backend:
              service:
                name: {{ $full }}
                port: {name: http}
          {{- end }}
    {{- end }}
{{- end -}}

{{- define "mcp.httproute" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $full := include "mcp.name" . -}}
{{- $route := $s.httpRoute -}}
{{- $rules := list (dict "path" $route.path "filters" $route.filters) -}}
{{- if ne $route.path "/" -}}
{{- $rewrite := dict "type" "URLRewrite" "urlRewrite" (dict "path" (dict "type" "ReplacePrefixMatch" "replacePrefixMatch" "/")) -}}
{{- $rules = list (dict "path" $route.path "filters" (append $route.filters $rewrite)) (dict "path" (include "mcp.wellknown" $route.path) "filters" $route.filters) -}}
{{- end -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "mcp.metadata" (list $root $name $full $route.annotations) | nindent 2 }}
spec:
  parentRefs:
    {{- toYaml $route.parentRefs | nindent 4 }}
  {{- with $route.hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range $rules }}
    - matches:
        - path: {type: PathPrefix, value: {{ .path | quote }}}
      {{- with .filters }}
      filters:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $route.timeouts }}
      timeouts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      backendRefs:
        - name: {{ $full }}
          port: {{ $s.service.port }}
    {{- end }}
{{- end -}}
