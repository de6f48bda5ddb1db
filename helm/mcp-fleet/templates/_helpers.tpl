{{/* Effective settings of a service: mcp.service (list $ "name"), as YAML. */}}
{{- define "mcp.service" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}
{{- mergeOverwrite (deepCopy $root.Values.defaults) (deepCopy (index $root.Values.services $name | default dict)) | toYaml -}}
{{- end -}}

{{/* Names of the services that are switched on, sorted, as a JSON list. */}}
{{- define "mcp.enabled" -}}
{{- $names := list -}}
{{- range $name, $own := .Values.services -}}
{{- if and (not (kindIs "invalid" $own)) (include "mcp.service" (list $ $name) | fromYaml).enabled -}}{{- $names = append $names $name -}}{{- end -}}
{{- end -}}
{{- $names | sortAlpha | toJson -}}
{{- end -}}

{{/* What all names begin with. */}}
{{- define "mcp.prefix" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* mcp.name (list $ "name"): the name of a service's objects. */}}
{{- define "mcp.name" -}}
{{- printf "%s-%s" (include "mcp.prefix" (index . 0)) (index . 1) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "mcp.selector" -}}
app.kubernetes.io/name: mcp-{{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
{{- end -}}

{{/* mcp.podLabels (list $ "name" labels): without versions, so that an upgrade of
the chart that changes no pod replaces none. */}}
{{- define "mcp.podLabels" -}}
{{- $root := index . 0 -}}
{{- $own := include "mcp.selector" . | fromYaml -}}
{{- $own = merge $own (dict "app.kubernetes.io/component" (index . 1) "app.kubernetes.io/part-of" "mcp-fleet") -}}
{{- mergeOverwrite (deepCopy ($root.Values.commonLabels | default dict)) (slice . 2 | first | default dict) $own | toYaml -}}
{{- end -}}

{{- define "mcp.labels" -}}
{{- $root := index . 0 -}}
{{- $own := include "mcp.selector" . | fromYaml -}}
{{- $own = merge $own (dict
  "app.kubernetes.io/component" (index . 1)
  "app.kubernetes.io/part-of" "mcp-fleet"
  "app.kubernetes.io/version" (toString $root.Chart.AppVersion)
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_")) -}}
{{- mergeOverwrite (deepCopy ($root.Values.commonLabels | default dict)) $own | toYaml -}}
{{- end -}}

{{/* mcp.metadata (list $ "name" "object's name" annotations): of an object of a service. */}}
{{- define "mcp.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 2 }}
namespace: {{ $root.Release.Namespace | toYaml }}
labels:
  {{- include "mcp.labels" . | nindent 2 }}
{{- with mergeOverwrite (deepCopy ($root.Values.commonAnnotations | default dict)) (slice . 3 | first | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* mcp.image (list $ "name" service): its image's reference. */}}
{{- define "mcp.image" -}}
{{- $root := index . 0 -}}{{- $s := index . 2 -}}
{{- with $s.image.ref -}}{{ . }}{{- else -}}
{{- $name := $s.image.name | default (printf "mcp-%s" (index . 1)) -}}
{{- printf "%s:%s" (list $root.Values.image.registry $root.Values.image.repository $name | compact | join "/") ($root.Values.image.tag | default $root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* mcp.hosts (list $ "name" service): names under which requests come, as a JSON
list. */}}
{{- define "mcp.hosts" -}}
{{- $root := index . 0 -}}{{- $s := index . 2 -}}
{{- $host := include "mcp.name" . -}}
{{- $ns := $root.Release.Namespace -}}
{{- $hosts := list $host (printf "%s.%s" $host $ns) (printf "%s.%s.svc" $host $ns) (printf "%s.%s.svc.%s" $host $ns $root.Values.clusterDomain) -}}
{{- concat $hosts (ternary $s.httpRoute.hostnames list $s.httpRoute.enabled | default list) (ternary $s.ingress.hosts list $s.ingress.enabled | default list) ($s.allowedHosts | default list) | uniq | toJson -}}
{{- end -}}

{{/* mcp.publicUrl (list $ "name" service): the URL that clients use, empty if the
chart does not know one. */}}
{{- define "mcp.publicUrl" -}}
{{- $s := index . 2 -}}
{{- if $s.publicUrl -}}
{{- $s.publicUrl -}}
{{- else if and $s.httpRoute.enabled (include "mcp.firstHost" $s.httpRoute.hostnames) -}}
https://{{ include "mcp.firstHost" $s.httpRoute.hostnames }}{{ trimSuffix "/" $s.httpRoute.path }}/mcp
{{- else if and $s.ingress.enabled (include "mcp.firstHost" $s.ingress.hosts) -}}
http{{ if $s.ingress.tls }}s{{ end }}://{{ include "mcp.firstHost" $s.ingress.hosts }}{{ trimSuffix "/" $s.ingress.path | trimSuffix "/mcp" }}/mcp
{{- end -}}
{{- end -}}

{{/* The first of a list of hosts that is no pattern. */}}
{{- define "mcp.firstHost" -}}
{{- $found := "" -}}
{{- range . -}}{{- if not (or $found (contains "*" .)) -}}{{- $found = . -}}{{- end -}}{{- end -}}
{{- $found -}}
{{- end -}}

{{/* Whether a service may have one replica only: its data is not shared. */}}
{{- define "mcp.single" -}}
{{- if .data.mountPath -}}
{{- if not (and (include "mcp.claimed" .) (or (has "ReadWriteMany" .data.accessModes) (and .data.readOnly (has "ReadOnlyMany" .data.accessModes)))) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether a service's data is in a claim and outlives its pods. */}}
{{- define "mcp.claimed" -}}
{{- if and .data.mountPath (or .data.existingClaim .data.create) -}}true{{- end -}}
{{- end -}}

{{/* The fewest replicas that a service has. */}}
{{- define "mcp.replicas" -}}
{{- ternary .autoscaling.minReplicas .replicas .autoscaling.enabled | int -}}
{{- end -}}

{{/* The security contexts of pods and containers: what Pod Security "restricted" asks for. */}}
{{- define "mcp.podSecurityContext" -}}
{{- mergeOverwrite (dict "runAsNonRoot" true "runAsUser" 65532 "runAsGroup" 65532 "fsGroup" 65532 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault")) (.podSecurityContext | default dict) | toYaml -}}
{{- end -}}

{{- define "mcp.securityContext" -}}
{{- mergeOverwrite (dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL"))) (.securityContext | default dict) | toYaml -}}
{{- end -}}
