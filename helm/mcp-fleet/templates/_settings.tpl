{{/* What the variable of a file is called in names of volumes and paths. */}}
{{- define "mcp.fileId" -}}
{{- . | lower | replace "_" "-" | trimSuffix "-file" -}}
{{- end -}}

{{/* mcp.mount (list "name" "variable" "secret" "key" "file"): a key of a Secret as a
file that a variable names. */}}
{{- define "mcp.mount" -}}
{{- $name := index . 0 -}}{{- $file := index . 4 -}}
{{- dict "name" (replace "/" "-" $name) "path" (printf "/etc/mcp/%s" $name) "variable" (index . 1) "file" $file "secret" (index . 2) "items" (list (dict "key" (index . 3) "path" $file)) | toJson -}}
{{- end -}}

{{/* mcp.mounts (list $ "name" service): files from Secrets and ConfigMaps, as a JSON
list of {name, path, variable, file, secret, items} or {…, configMap}. Folders are
mounted, never single files, so that a changed Secret arrives without a restart. */}}
{{- define "mcp.mounts" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $v := $root.Values -}}
{{- $out := list -}}
{{- with $v.auth.existingSecret -}}
{{- $out = append $out (include "mcp.mount" (list "api-keys" "MCP_API_KEYS_FILE" . $v.auth.key "keys") | fromJson) -}}
{{- end -}}
{{- with $v.auth.oauth.introspection -}}
{{- if and .url .existingSecret -}}
{{- $out = append $out (include "mcp.mount" (list "oauth-client-id" "MCP_OAUTH_CLIENT_ID_FILE" .existingSecret .clientIdKey "value") | fromJson) -}}
{{- $out = append $out (include "mcp.mount" (list "oauth-client-secret" "MCP_OAUTH_CLIENT_SECRET_FILE" .existingSecret .clientSecretKey "value") | fromJson) -}}
{{- end -}}
{{- end -}}
{{- with $v.signing.existingSecret -}}
{{- $out = append $out (include "mcp.mount" (list "signing" "MCP_SIGNING_KEY_FILE" . $v.signing.key "keys") | fromJson) -}}
{{- end -}}
{{- with $v.redis.existingSecret -}}
{{- $out = append $out (include "mcp.mount" (list "redis" "MCP_REDIS_URL_FILE" . $v.redis.key "url") | fromJson) -}}
{{- end -}}
{{- range $variable, $f := $s.secretFiles -}}
{{- if and $f $f.existingSecret -}}
{{- $out = append $out (include "mcp.mount" (list (printf "secrets/%s" (include "mcp.fileId" $variable)) $variable $f.existingSecret $f.key "value") | fromJson) -}}
{{- end -}}
{{- end -}}
{{- range $variable, $f := $s.configFiles -}}
{{- if $f -}}
{{- $id := include "mcp.fileId" $variable -}}
{{- $out = append $out (dict "name" (printf "config-%s" $id) "path" (printf "/etc/mcp/config/%s" $id) "variable" $variable "file" $f.name "configMap" (printf "%s-%s" (include "mcp.name" (list $root $name)) $id)) -}}
{{- end -}}
{{- end -}}
{{- $out | toJson -}}
{{- end -}}

{{/* mcp.ways: who may call, as MCP_AUTH says it. */}}
{{- define "mcp.ways" -}}
{{- if .Values.auth.none -}}none{{- else -}}
{{- list (ternary "keys" "" (not (empty .Values.auth.existingSecret))) (ternary "oauth" "" (not (empty .Values.auth.oauth.issuers))) | compact | join "," -}}
{{- end -}}
{{- end -}}

{{/* A setting as its variable holds it: lists have commas, and numbers are written out. */}}
{{- define "mcp.text" -}}
{{- if kindIs "string" . -}}{{ . }}
{{- else if kindIs "slice" . -}}
{{- $parts := list -}}
{{- range . -}}{{- $parts = append $parts (include "mcp.text" .) -}}{{- end -}}
{{- join "," $parts -}}
{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{/* mcp.computed (list $ "name" service): the variables that the chart sets, as a JSON
map. Settings of its own have values for them; `config` may not say otherwise. */}}
{{- define "mcp.computed" -}}
{{- $root := index . 0 -}}{{- $s := index . 2 -}}
{{- $oauth := $root.Values.auth.oauth -}}
{{- $env := dict
  "MCP_HTTP_ADDR" ":8080"
  "MCP_ADMIN_ADDR" ":9090"
  "MCP_AUTH" (include "mcp.ways" $root)
  "MCP_ALLOWED_HOSTS" (include "mcp.hosts" . | fromJsonArray | join ",")
  "MCP_MAX_CONN_AGE" $s.maxConnAge
  "MCP_DRAIN_DELAY" (printf "%ds" (int $s.drainDelay))
  "MCP_DRAIN" (printf "%ds" (int $s.drain))
-}}
{{- with include "mcp.publicUrl" . -}}{{- $_ := set $env "MCP_PUBLIC_URL" . -}}{{- end -}}
{{- with $oauth.issuers -}}{{- $_ := set $env "MCP_OAUTH_ISSUER" (join "," .) -}}{{- end -}}
{{- with $s.oauthAudience | default $oauth.audience -}}{{- $_ := set $env "MCP_OAUTH_AUDIENCE" . -}}{{- end -}}
{{- with $oauth.introspection.url -}}{{- $_ := set $env "MCP_OAUTH_INTROSPECTION_URL" . -}}{{- end -}}
{{- with $root.Values.telemetry.endpoint -}}{{- $_ := set $env "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}{{- end -}}
{{- range include "mcp.mounts" . | fromJsonArray -}}
{{- $_ := set $env .variable (printf "%s/%s" .path .file) -}}
{{- end -}}
{{- $env | toJson -}}
{{- end -}}

{{/* mcp.env (list $ "name" service): the environment of its container. What
extraEnv has is left to it: a name may come once. */}}
{{- define "mcp.env" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $env := include "mcp.computed" . | fromJson -}}
{{- range $k, $v := $s.config -}}
{{- if not (kindIs "invalid" $v) -}}{{- $_ := set $env $k (include "mcp.text" $v) -}}{{- end -}}
{{- end -}}
{{- $out := list
  (dict "name" "POD_IP" "valueFrom" (dict "fieldRef" (dict "fieldPath" "status.podIP")))
  (dict "name" "MCP_REPLICA_ADDR" "value" "$(POD_IP)") -}}
{{- if $root.Values.telemetry.endpoint -}}
{{- $attributes := dict
  "service.namespace" $root.Release.Name
  "k8s.namespace.name" $root.Release.Namespace
  "k8s.deployment.name" (include "mcp.name" .)
  "k8s.container.name" $name
  "k8s.pod.name" "$(POD_NAME)"
  "k8s.node.name" "$(NODE_NAME)" -}}
{{- $pairs := list -}}
{{- range $k, $v := mergeOverwrite $attributes ($root.Values.telemetry.resourceAttributes | default dict) -}}
{{- if not (kindIs "invalid" $v) -}}{{- $pairs = append $pairs (printf "%s=%s" $k (include "mcp.text" $v)) -}}{{- end -}}
{{- end -}}
{{- $out = concat $out (list
  (dict "name" "POD_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name")))
  (dict "name" "NODE_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "spec.nodeName")))
  (dict "name" "OTEL_RESOURCE_ATTRIBUTES" "value" (join "," $pairs))) -}}
{{- with $root.Values.telemetry.headers.existingSecret -}}
{{- $out = append $out (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "valueFrom" (dict "secretKeyRef" (dict "name" . "key" $root.Values.telemetry.headers.key))) -}}
{{- end -}}
{{- end -}}
{{- range $k := keys $env | sortAlpha -}}
{{- $out = append $out (dict "name" $k "value" (index $env $k)) -}}
{{- end -}}
{{- $extra := $s.extraEnv | default list -}}
{{- $theirs := list -}}
{{- range $extra -}}{{- $theirs = append $theirs .name -}}{{- end -}}
{{- $kept := list -}}
{{- range $out -}}{{- if not (has .name $theirs) -}}{{- $kept = append $kept . -}}{{- end -}}{{- end -}}
{{- concat $kept $extra | toYaml -}}
{{- end -}}
