{{- define "mcp.deployment" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $full := include "mcp.name" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "mcp.metadata" (list $root $name $full) | nindent 2 }}
spec:
  {{- if not $s.autoscaling.enabled }}
  replicas: {{ $s.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    {{- if and (include "mcp.claimed" $s) (include "mcp.single" $s) }}
    # The claim may be of one node, and its data of one process.
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 25%}
    {{- end }}
  selector:
    matchLabels:
      {{- include "mcp.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "mcp.podLabels" (list $root $name $s.podLabels) | nindent 8 }}
      annotations:
        {{- $annotations := dict "kubectl.kubernetes.io/default-container" $name }}
        {{- if $s.configFiles }}{{ $_ := set $annotations "checksum/config" ($s.configFiles | toJson | sha256sum) }}{{ end }}
        {{- mergeOverwrite $annotations ($s.podAnnotations | default dict) | toYaml | nindent 8 }}
    spec:
      serviceAccountName: {{ $s.serviceAccount.name | default $full | quote }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "mcp.podSecurityContext" $s | nindent 8 }}
      terminationGracePeriodSeconds: {{ add $s.drainDelay $s.drain 10 }}
      containers:
        - name: {{ $name | quote }}
          image: {{ include "mcp.image" . | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "mcp.securityContext" $s | nindent 12 }}
          ports:
            - {name: http, containerPort: 8080}
            - {name: admin, containerPort: 9090}
          env:
            {{- include "mcp.env" . | nindent 12 }}
          {{- with $s.extraEnvFrom }}
          envFrom:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $s.startupProbe }}
          startupProbe:
            {{- mergeOverwrite (dict "httpGet" (dict "path" "/livez" "port" "http")) . | toYaml | nindent 12 }}
          {{- end }}
          {{- with $s.livenessProbe }}
          livenessProbe:
            {{- mergeOverwrite (dict "httpGet" (dict "path" "/livez" "port" "http")) . | toYaml | nindent 12 }}
          {{- end }}
          {{- with $s.readinessProbe }}
          readinessProbe:
            {{- mergeOverwrite (dict "httpGet" (dict "path" "/readyz" "port" "http")) . | toYaml | nindent 12 }}
          {{- end }}
          {{- with $s.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- range include "mcp.mounts" . | fromJsonArray }}
            - {name: {{ .name }}, mountPath: {{ .path }}, readOnly: true}
            {{- end }}
            {{- if $s.data.mountPath }}
            - {name: data, mountPath: {{ $s.data.mountPath | quote }}, readOnly: {{ $s.data.readOnly }}}
            {{- end }}
            {{- with $s.extraVolumeMounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
        {{- with $s.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $s.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 64Mi}
        {{- range include "mcp.mounts" . | fromJsonArray }}
        - name: {{ .name }}
          {{- if .secret }}
          secret: {secretName: {{ .secret | quote }}, defaultMode: 0440, items: {{ .items | toJson }}}
          {{- else }}
          configMap: {name: {{ .configMap }}, defaultMode: 0440}
          {{- end }}
        {{- end }}
        {{- if $s.data.mountPath }}
        - name: data
          {{- if or $s.data.existingClaim $s.data.create }}
          persistentVolumeClaim: {claimName: {{ $s.data.existingClaim | default (printf "%s-data" $full) | quote }}}
          {{- else }}
          emptyDir: {sizeLimit: {{ $s.data.sizeLimit }}}
          {{- end }}
        {{- end }}
        {{- with $s.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if kindIs "invalid" $s.topologySpreadConstraints }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "mcp.selector" (list $root $name) | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      {{- else if $s.topologySpreadConstraints }}
      topologySpreadConstraints:
        {{- toYaml $s.topologySpreadConstraints | nindent 8 }}
      {{- end }}
      {{- with $s.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $s.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $s.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $s.priorityClassName }}
      priorityClassName: {{ . | quote }}
      {{- end }}
      {{- with $s.runtimeClassName }}
      runtimeClassName: {{ . | quote }}
      {{- end }}
{{- end -}}
