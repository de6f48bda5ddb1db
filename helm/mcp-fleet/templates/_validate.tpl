{{/* mcp.validate: fails with all that is wrong, each with what to do. Lists of
messages are JSON. */}}
{{- define "mcp.validate" -}}
{{- $wrong := include "mcp.validateNames" . | fromJsonArray -}}
{{- $enabled := include "mcp.enabled" . | fromJsonArray -}}
{{- if $enabled -}}{{- $wrong = concat $wrong (include "mcp.validateAuth" . | fromJsonArray) -}}{{- end -}}
{{- range $name := $enabled -}}
{{- $s := include "mcp.service" (list $ $name) | fromYaml -}}
{{- range list "mcp.validateSettings" "mcp.validatePlaintext" "mcp.validateReplicas" -}}
{{- $wrong = concat $wrong (include . (list $ $name $s) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}{{- printf "\n\n%s\n" (join "\n\n" $wrong) | fail -}}{{- end -}}
{{- end -}}

{{/* Names that would be cut, and then perhaps be those of another service, and the
one that NetworkPolicies know the pods of `helm test` by. */}}
{{- define "mcp.validateNames" -}}
{{- $wrong := list -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" (include "mcp.prefix" .)) -}}
{{- $wrong = append $wrong (printf "the release's name, %q, cannot begin that of a Service, which has letters, digits and -, and a letter first: set fullnameOverride" .Release.Name) -}}
{{- end -}}
{{- range $name := include "mcp.enabled" . | fromJsonArray -}}
{{- if eq $name "test" -}}
{{- $wrong = append $wrong "services.test: the pods of helm test have this name: choose another" -}}
{{- end -}}
{{- if hasSuffix "-metrics" $name -}}
{{- $wrong = append $wrong (printf "services.%s: the Service for the metrics of %s would have this name: choose another" $name (trimSuffix "-metrics" $name)) -}}
{{- end -}}
{{- if gt (len (printf "%s-%s" (include "mcp.prefix" $) $name)) 63 -}}
{{- $wrong = append $wrong (printf "services.%s: with %q before it the name is longer than 63 letters: choose a shorter one, or set fullnameOverride" $name (include "mcp.prefix" $)) -}}
{{- end -}}
{{- end -}}
{{- $wrong | toJson -}}
{{- end -}}

{{/* Who may call, and the keys that replicas share. */}}
{{- define "mcp.validateAuth" -}}
{{- $wrong := list -}}
{{- $auth := .Values.auth -}}
{{- $configured := or $auth.existingSecret $auth.oauth.issuers -}}
{{- if and $auth.none $configured -}}
{{- $wrong = append $wrong "auth.none: true lets everybody call, and does not go with auth.existingSecret or auth.oauth.issuers: set one of them" -}}
{{- else if not (or $auth.none $configured) -}}
{{- $wrong = append $wrong (printf `auth.existingSecret is not set: nothing says who may call. Make an API key and a Secret with its hash:

    mcp-calculator keygen NAME --scopes '*' --append keys     # prints the key, for the client
    kubectl create secret generic mcp-api-keys --namespace %s --from-file=keys=keys

  and set auth.existingSecret=mcp-api-keys. Without --append the key is on stdout and its
  line for the file on stderr. Instead or beside it, auth.oauth.issuers names authorization
  servers whose tokens are accepted. auth.none=true lets everybody call.` .Release.Namespace) -}}
{{- end -}}
{{- if not .Values.signing.existingSecret -}}
{{- $wrong = append $wrong (printf `signing.existingSecret is not set: replicas need a common key for sessions, cursors and confirmations. Make it:

    kubectl create secret generic mcp-signing --namespace %s --from-literal=signing-keys="$(openssl rand -base64 32)"

  and set signing.existingSecret=mcp-signing.` .Release.Namespace) -}}
{{- end -}}
{{- with $auth.oauth -}}
{{- if and (or .audience .introspection.url) (not .issuers) -}}
{{- $wrong = append $wrong "auth.oauth.issuers is empty: auth.oauth.audience and auth.oauth.introspection go with it" -}}
{{- end -}}
{{- if and .introspection.url (not .introspection.existingSecret) -}}
{{- $wrong = append $wrong "auth.oauth.introspection.existingSecret is not set: name the Secret with the client for asking at auth.oauth.introspection.url" -}}
{{- end -}}
{{- if and .introspection.existingSecret (not .introspection.url) -}}
{{- $wrong = append $wrong "auth.oauth.introspection.url is not set: auth.oauth.introspection.existingSecret is for asking there" -}}
{{- end -}}
{{- end -}}
{{- $wrong | toJson -}}
{{- end -}}

{{/* What a service lacks, and settings that have another place. */}}
{{- define "mcp.validateSettings" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $wrong := list -}}
{{- range $variable, $f := $s.secretFiles -}}
{{- if and $f $f.required (not $f.existingSecret) -}}
{{- $wrong = append $wrong (printf "services.%s.secretFiles.%s.existingSecret is not set: name the Secret that has this in its key %q, or set services.%s.enabled=false" $name $variable (toString $f.key) $name) -}}
{{- end -}}
{{- end -}}
{{- $places := dict
  "MCP_ALLOWED_HOSTS" "allowedHosts" "MCP_PUBLIC_URL" "publicUrl" "MCP_MAX_CONN_AGE" "maxConnAge" "MCP_DRAIN" "drain" "MCP_DRAIN_DELAY" "drainDelay"
  "MCP_HTTP_ADDR" "" "MCP_ADMIN_ADDR" "" "MCP_REPLICA_ADDR" "" "MCP_AUTH" "" "MCP_API_KEYS_FILE" "" "MCP_SIGNING_KEY_FILE" "" -}}
{{- $computed := include "mcp.computed" . | fromJson -}}
{{- range $variable, $value := $s.config -}}
{{- if kindIs "invalid" $value -}}
{{- else if get $places $variable -}}
{{- $wrong = append $wrong (printf "services.%s.config.%s: set services.%s.%s instead" $name $variable $name (get $places $variable)) -}}
{{- else if hasPrefix "MCP_OAUTH_" $variable -}}
{{- $wrong = append $wrong (printf "services.%s.config.%s: set auth.oauth or services.%s.oauthAudience instead" $name $variable $name) -}}
{{- else if or (hasKey $places $variable) (and (hasKey $computed $variable) (not (hasPrefix "OTEL_" $variable))) -}}
{{- $wrong = append $wrong (printf "services.%s.config.%s: the chart sets this variable itself" $name $variable) -}}
{{- end -}}
{{- end -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- with get ($s.config | default dict) "MCP_TOOL_DEADLINE" -}}
{{- $deadline := include "mcp.text" . -}}
{{- if not (regexMatch "^([0-9]+([.][0-9]+)?(ms|s|m|h))+$" $deadline) -}}
{{- $wrong = append $wrong (printf "services.%s.config.MCP_TOOL_DEADLINE: %q is no duration such as 60s" $name $deadline) -}}
{{- else if gt (sub (mustDateModify $deadline $start | unixEpoch) (unixEpoch $start)) (int64 $s.drain) -}}
{{- $wrong = append $wrong (printf "services.%s.drain: a call may take MCP_TOOL_DEADLINE, %s, and a pod that ends waits for %d seconds only: let drain be the longer" $name $deadline (int $s.drain)) -}}
{{- end -}}
{{- end -}}
{{- if and $s.oauthAudience (not $root.Values.auth.oauth.issuers) -}}
{{- $wrong = append $wrong (printf "services.%s.oauthAudience is set, and auth.oauth.issuers is empty: it goes with them" $name) -}}
{{- end -}}
{{- if and $root.Values.auth.oauth.issuers (not (include "mcp.publicUrl" .)) -}}
{{- $wrong = append $wrong (printf "services.%s.publicUrl is not set: access tokens are made for the one URL that clients use. Set it, or a host of services.%s.httpRoute or services.%s.ingress" $name $name $name) -}}
{{- end -}}
{{- range $title, $variable := dict "GitHub" "GITHUB_CLIENT_ID" "Slack" "SLACK_CLIENT_ID" -}}
{{- if get ($s.config | default dict) $variable -}}
{{- if not (include "mcp.publicUrl" $) -}}
{{- $wrong = append $wrong (printf "services.%s.publicUrl is not set: %s sends people who sign in back to it. Set it, or a host of services.%s.httpRoute or services.%s.ingress" $name $title $name $name) -}}
{{- end -}}
{{- if $root.Values.auth.none -}}
{{- $wrong = append $wrong (printf "services.%s.config.%s lets each caller act as themselves, and with auth.none nobody is told from another: set auth.existingSecret or auth.oauth.issuers" $name $variable) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (hasKey ($s.secretFiles | default dict) "SLACK_BOT_TOKEN_FILE") (not (include "mcp.slackToken" $s)) -}}
{{- $wrong = append $wrong (printf "services.%s has no token for Slack: name a Secret in services.%s.secretFiles.SLACK_BOT_TOKEN_FILE.existingSecret or SLACK_USER_TOKEN_FILE, or set services.%s.config.SLACK_CLIENT_ID, with which callers sign in" $name $name $name) -}}
{{- end -}}
{{- $wrong | toJson -}}
{{- end -}}

{{/* Whether anything says whose token a service has for Slack. */}}
{{- define "mcp.slackToken" -}}
{{- $tokens := list "SLACK_BOT_TOKEN" "SLACK_BOT_TOKEN_FILE" "SLACK_USER_TOKEN" "SLACK_USER_TOKEN_FILE" "SLACK_CLIENT_ID" -}}
{{- $found := .extraEnvFrom -}}
{{- range $tokens -}}
{{- if or (get ($.config | default dict) .) (dig . "existingSecret" "" ($.secretFiles | default dict)) (dig . "content" "" ($.configFiles | default dict)) -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- range .extraEnv -}}{{- if has .name $tokens -}}{{- $found = true -}}{{- end -}}{{- end -}}
{{- if $found -}}true{{- end -}}
{{- end -}}

{{/* Secrets by value: whoever may read Deployments and the release could read them. */}}
{{- define "mcp.validatePlaintext" -}}
{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $wrong := list -}}
{{- if not $s.allowPlaintextSecrets -}}
{{- $plain := dict -}}
{{- range $variable, $value := $s.config -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $plain $variable (list (printf "config.%s" $variable) (include "mcp.text" $value)) -}}{{- end -}}
{{- end -}}
{{- range $s.extraEnv -}}
{{- if hasKey . "value" -}}{{- $_ := set $plain .name (list (printf "extraEnv (%s)" .name) (toString .value)) -}}{{- end -}}
{{- end -}}
{{- range $variable, $at := $plain -}}
{{- if and (index $at 1) (or (regexMatch "(TOKEN|PASSWORD|PASSPHRASE|SECRET|CREDENTIALS?|_KEY|_OTLP_HEADERS)$" $variable) (include "mcp.hasPassword" (index $at 1))) -}}
{{- $wrong = append $wrong (printf `services.%s.%s is a secret, or holds one. Put it into a Secret and refer to that:

    services.%s.secretFiles.%s_FILE={existingSecret: NAME, key: KEY}, if the service has that variable,
    or services.%s.extraEnv=[{name: %s, valueFrom: {secretKeyRef: {name: NAME, key: KEY}}}]

  services.%s.allowPlaintextSecrets=true lets it be.` $name (index $at 0) $name $variable $name $variable $name) -}}
{{- end -}}
{{- end -}}
{{- range $variable, $f := $s.configFiles -}}
{{- if and $f (include "mcp.hasPassword" $f.content) -}}
{{- $wrong = append $wrong (printf "services.%s.configFiles.%s.content holds a password: mount it from a Secret and name its file. services.%s.allowPlaintextSecrets=true lets it be" $name $variable $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $wrong | toJson -}}
{{- end -}}

{{/* Whether a text has a URL or a connection string with a password. */}}
{{- define "mcp.hasPassword" -}}
{{- if or (regexMatch "://[^/?#@\\s]*:[^/?#@\\s]+@" .) (regexMatch "(?i)\\b(password|passwd|pwd)\\s*[=:]\\s*[^\\s$]" .) -}}true{{- end -}}
{{- end -}}

{{/* How many replicas a service may have. */}}
{{- define "mcp.validateReplicas" -}}
{{- $name := index . 1 -}}{{- $s := index . 2 -}}{{- $a := $s.autoscaling -}}
{{- $wrong := list -}}
{{- $most := ternary $a.maxReplicas $s.replicas $a.enabled | int -}}
{{- if and (include "mcp.single" $s) (gt $most 1) -}}
{{- $why := "an emptyDir, and each replica would have data of its own" -}}
{{- if include "mcp.claimed" $s -}}{{- $why = printf "a claim with the access modes %s, which cannot be in several places" ($s.data.accessModes | toJson) -}}{{- end -}}
{{- $wrong = append $wrong (printf "services.%s.%s is %d, and the data at %s is %s. Share it with data.existingClaim or data.create and data.accessModes=[ReadWriteMany], or have one replica" $name (ternary "autoscaling.maxReplicas" "replicas" $a.enabled) $most $s.data.mountPath $why) -}}
{{- end -}}
{{- if and (or $s.data.existingClaim $s.data.create) (not $s.data.mountPath) -}}
{{- $wrong = append $wrong (printf "services.%s.data.mountPath is not set: the claim would not be mounted" $name) -}}
{{- end -}}
{{- if $a.enabled -}}
{{- if gt (int $a.minReplicas) (int $a.maxReplicas) -}}
{{- $wrong = append $wrong (printf "services.%s.autoscaling.minReplicas is %d, more than maxReplicas, %d" $name (int $a.minReplicas) (int $a.maxReplicas)) -}}
{{- end -}}
{{- if not (or $a.targetCPU $a.targetMemory $a.metrics) -}}
{{- $wrong = append $wrong (printf "services.%s.autoscaling has nothing to go by: set targetCPU, targetMemory or metrics" $name) -}}
{{- end -}}
{{- range $resource, $target := dict "cpu" $a.targetCPU "memory" $a.targetMemory -}}
{{- if and $target (not (dig "requests" $resource "" ($s.resources | default dict))) -}}
{{- $wrong = append $wrong (printf "services.%s.resources.requests.%s is not set: autoscaling counts in percent of it" $name $resource) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $wrong | toJson -}}
{{- end -}}
