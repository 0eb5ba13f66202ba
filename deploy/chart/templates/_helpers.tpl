{{/* Names are fixed, not made from the release's: two installations in one cluster would work on the same projects. */}}
{{- define "projectgitops.labels" -}}
app.kubernetes.io/name: projectgitops
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "projectgitops.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The port at the end of --listen. */}}
{{- define "projectgitops.port" -}}
{{ .Values.settings.listen | default ":8080" | splitList ":" | last }}
{{- end }}

{{/* The arguments as a YAML list. A flag that nothing is said of is left out: the program knows its default. */}}
{{- define "projectgitops.args" -}}
- run
{{- if .Values.leaderElect }}
- --leader-elect
{{- if ne .Release.Namespace "projectgitops-system" }}
- --lease-namespace={{ .Release.Namespace }}
{{- end }}
{{- end }}
{{- if .Values.namespaced }}
- --namespace={{ .Release.Namespace }}
{{- end }}
{{- with .Values.settings }}
{{- with .pollInterval }}
- --poll-interval={{ . }}
{{- end }}
{{- with .resyncInterval }}
- --resync-interval={{ . }}
{{- end }}
{{- with .concurrency }}
- --concurrency={{ int . }}
{{- end }}
{{- with .listen }}
- {{ printf "--listen=%s" . | quote }}
{{- end }}
{{- with .gitHosts }}
- {{ printf "--git-hosts=%s" (join "," .) | quote }}
{{- end }}
{{- with .hostCalls }}
- --host-calls={{ int . }}
{{- end }}
{{- with .tenancy }}
- --tenancy={{ . }}
{{- end }}
{{- with .logLevel }}
- --log-level={{ . }}
{{- end }}
{{- end }}
{{- if .Values.environmentDefaults }}
- --environment-defaults=/etc/projectgitops/environment-defaults.yaml
{{- end }}
{{- if ne .Values.deployerClusterRole "admin" }}
- --deployer-cluster-role={{ .Values.deployerClusterRole }}
{{- end }}
{{- end }}

{{/* What it may do with ProjectGitOps, in the whole cluster or in one namespace. */}}
{{- define "projectgitops.ownKindRules" -}}
- apiGroups: [projectgitops.dev]
  resources: [projectgitops]
  verbs: [get, list, patch]
- apiGroups: [projectgitops.dev]
  resources: [projectgitops/status]
  verbs: [patch]
{{- end }}
