{{- define "mcp.networkpolicy" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $s := index . 2 -}}
{{- $np := $s.networkPolicy -}}
{{- $replicas := dict "podSelector" (dict "matchLabels" (include "mcp.selector" . | fromYaml)) -}}
{{- $tests := dict "podSelector" (dict "matchLabels" (include "mcp.testSelector" $root | fromYaml)) -}}
{{- $egress := include "mcp.egress" . | fromJsonArray -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "mcp.metadata" (list $root $name (include "mcp.name" .)) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "mcp.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - {port: 8080, protocol: TCP}
      {{- with $np.from }}
      from:
        {{- concat (list $replicas $tests) . | toYaml | nindent 8 }}
      {{- end }}
    {{- with $np.monitoring }}
    - ports:
        - {port: 9090, protocol: TCP}
      from:
        {{- toYaml . | nindent 8 }}
    {{- end }}
  egress:
    # A request of a session goes on to the replica that has it.
    - ports:
        - {port: 8080, protocol: TCP}
      to:
        {{- list $replicas | toYaml | nindent 8 }}
    {{- if and $np.dns (or $np.egress.dns $egress) }}
    - ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
      to:
        {{- toYaml $np.dns | nindent 8 }}
    {{- end }}
    {{- with $egress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* mcp.egress (list $ "name" service): what the service reaches beside its own
replicas and DNS, as a JSON list of egress rules. */}}
{{- define "mcp.egress" -}}
{{- $v := (index . 0).Values -}}{{- $s := index . 2 -}}
{{- $world := list -}}
{{- range $s.networkPolicy.egress.internet -}}{{- $world = append $world (int .) -}}{{- end -}}
{{- $rules := list -}}
{{- with $v.auth.oauth -}}
{{- $urls := compact (append (.issuers | default list) .introspection.url) -}}
{{- if and $urls .egress -}}
{{- $rules = concat $rules .egress -}}
{{- else -}}
{{- range $urls -}}{{- $world = append $world (include "mcp.port" . | int) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $v.redis.existingSecret -}}
{{- $rules = concat $rules ($v.redis.egress | default (include "mcp.anywhere" 6379 | fromJsonArray)) -}}
{{- end -}}
{{- with $v.telemetry.endpoint -}}
{{- $rules = concat $rules ($v.telemetry.egress | default (include "mcp.anywhere" (include "mcp.port" .) | fromJsonArray)) -}}
{{- end -}}
{{- if $world -}}
{{- $ports := list -}}
{{- range uniq $world -}}{{- $ports = append $ports (dict "port" . "protocol" "TCP") -}}{{- end -}}
{{- $rules = append $rules (dict "ports" $ports "to" (include "mcp.internet" . | fromYamlArray)) -}}
{{- end -}}
{{- range $s.secretFiles -}}
{{- if and . .existingSecret -}}{{- $rules = concat $rules (.egress | default list) -}}{{- end -}}
{{- end -}}
{{- concat $rules ($s.networkPolicy.egress.rules | default list) | toJson -}}
{{- end -}}

{{/* Rules for one port of any address but those of clouds' metadata, as a JSON list.
Not all networks count pods among addresses. */}}
{{- define "mcp.anywhere" -}}
{{- $to := list
  (dict "namespaceSelector" dict)
  (dict "ipBlock" (dict "cidr" "0.0.0.0/0" "except" (list "168.63.129.16/32" "169.254.0.0/16")))
  (dict "ipBlock" (dict "cidr" "::/0" "except" (list "fd00:ec2::/32" "fe80::/10"))) -}}
{{- list (dict "ports" (list (dict "port" (int .) "protocol" "TCP")) "to" $to) | toJson -}}
{{- end -}}

{{/* The port of a URL. */}}
{{- define "mcp.port" -}}
{{- $u := urlParse . -}}
{{- regexFind ":[0-9]+$" $u.host | trimPrefix ":" | default (eq $u.scheme "http" | ternary "80" "443") -}}
{{- end -}}

{{/* Peers: all addresses but those of private networks and of clouds' metadata,
from which a pod could get the credentials of its node. */}}
{{- define "mcp.internet" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      - 0.0.0.0/8
      - 10.0.0.0/8
      - 100.64.0.0/10
      - 127.0.0.0/8
      - 168.63.129.16/32 # Azure's
      - 169.254.0.0/16
      - 172.16.0.0/12
      - 192.0.0.0/24
      - 192.168.0.0/16
      - 198.18.0.0/15
- ipBlock:
    cidr: ::/0
    except:
      - ::1/128
      - fc00::/7
      - fe80::/10
{{- end -}}
