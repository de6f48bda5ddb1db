{{/* mcp.checks (list $ "name" service): what `helm test` asks of a service, as a JSON
map of names to the arguments of `probe`. */}}
{{- define "mcp.checks" -}}
{{- $root := index . 0 -}}{{- $s := index . 2 -}}
{{- $url := printf "http://%s%s" (include "mcp.name" .) (eq (int $s.service.port) 80 | ternary "" (printf ":%d" (int $s.service.port))) -}}
{{- $checks := dict "ready" (list (printf "%s/readyz" $url)) -}}
{{- if $root.Values.auth.none -}}
{{- $_ := set $checks "call" (list (printf "%s/mcp" $url) "--era=both") -}}
{{- else -}}
{{- $_ := set $checks "refused" (list (printf "%s/mcp" $url) "--unauthorized") -}}
{{- if $root.Values.tests.existingSecret -}}
{{- $_ := set $checks "call" (list (printf "%s/mcp" $url) "--era=both" "--token-file=/etc/mcp/token/token") -}}
{{- end -}}
{{- end -}}
{{- $checks | toJson -}}
{{- end -}}

{{/* mcp.test (list $ "name" service): a pod of the service's own image that calls it
through its Service, with a container for each check. Its labels are not those that
the Service selects. */}}
{{- define "mcp.test" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $image := include "mcp.image" . -}}
{{- $token := and $root.Values.tests.existingSecret (not $root.Values.auth.none) -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "mcp.name" . }}-test
  namespace: {{ $root.Release.Namespace | toYaml }}
  labels:
    {{- include "mcp.testLabels" $root | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    {{- with $root.Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  # Until the network knows of this pod, policies refuse what it sends.
  restartPolicy: OnFailure
  activeDeadlineSeconds: 60
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "mcp.podSecurityContext" $s | nindent 4 }}
  containers:
    {{- range $check, $args := include "mcp.checks" . | fromJson }}
    - name: {{ $check }}
      image: {{ $image | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ concat (list "probe") $args (list "--timeout=15s") | toJson }}
      securityContext:
        {{- include "mcp.securityContext" $s | nindent 8 }}
      resources:
        requests: {cpu: 10m, memory: 32Mi}
        limits: {memory: 128Mi}
      {{- if and $token (eq $check "call") }}
      volumeMounts:
        - {name: token, mountPath: /etc/mcp/token, readOnly: true}
      {{- end }}
    {{- end }}
  {{- if $token }}
  volumes:
    - name: token
      secret: {secretName: {{ $root.Values.tests.existingSecret | quote }}, defaultMode: 0440, items: [{key: {{ $root.Values.tests.key | quote }}, path: token}]}
  {{- end }}
  {{- with $s.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $s.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* By which NetworkPolicies know the pods of `helm test`. */}}
{{- define "mcp.testSelector" -}}
app.kubernetes.io/name: mcp-fleet-test
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: test
{{- end -}}

{{- define "mcp.testLabels" -}}
{{- $own := mergeOverwrite (include "mcp.testSelector" . | fromYaml) (dict "app.kubernetes.io/part-of" "mcp-fleet" "app.kubernetes.io/managed-by" .Release.Service) -}}
{{- mergeOverwrite (deepCopy (.Values.commonLabels | default dict)) $own | toYaml -}}
{{- end -}}
