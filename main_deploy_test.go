package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// What tools/deploy holds is checked as far as a machine without an engine and a cluster can.

func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("tools", "deploy", name))
	require.NoError(t, err)
	return string(text)
}

func TestTheUnitIsValidAndAllowsLittle(t *testing.T) {
	unit := deployFile(t, "iozen.service")
	require.Contains(t, unit, "ExecStart=/usr/local/bin/iozen serve\n")
	file := filepath.Join(t.TempDir(), "iozen.service") // of a program that is there
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(unit, "/usr/local/bin/iozen", os.Args[0], 1)), 0o600))
	said, err := exec.Command("systemd-analyze", "verify", file).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Empty(t, string(said))
	said, err = exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", file).CombinedOutput()
	require.NoError(t, err, "%s", said)
}

// dockerfile are the instructions of the last stage, and the ENV in it.
func dockerfile(t *testing.T) (lines []string, env map[string]string) {
	t.Helper()
	text := strings.ReplaceAll(deployFile(t, "Dockerfile"), "\\\n", " ")
	stages := strings.Split(text, "\nFROM ")
	require.Len(t, stages, 3, "two stages")
	env = map[string]string{}
	for line := range strings.Lines(stages[2]) {
		line = strings.TrimSpace(line)
		if set, found := strings.CutPrefix(line, "ENV "); found {
			for _, pair := range strings.Fields(set) {
				name, value, found := strings.Cut(pair, "=")
				require.True(t, found, pair)
				env[name] = value
			}
		}
		lines = append(lines, line)
	}
	return lines, env
}

func TestTheImageIsOneStaticProgramThatIsNotRoot(t *testing.T) {
	lines, env := dockerfile(t)
	require.Equal(t, "scratch", lines[0])
	require.Contains(t, lines, "USER 65532:65532")
	require.Contains(t, lines, `ENTRYPOINT ["/iozen"]`)
	require.Contains(t, lines, "EXPOSE "+strings.TrimPrefix(env["IOZEN_ADDR"], "0.0.0.0:"))
	makefile, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	for _, text := range []string{string(makefile), deployFile(t, "Dockerfile")} { // both build the same
		require.Contains(t, text, "CGO_ENABLED=0 go build -tags netgo -trimpath -ldflags \"-X main.version=")
	}
	require.Contains(t, deployFile(t, "Dockerfile"), `HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["/iozen", "healthcheck"]`)
}

// strictly reads all documents of a YAML file, and refuses keys that the type does not know: a misspelt one would do nothing.
func strictly[T any](t *testing.T, name string) (all []T) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewBufferString(deployFile(t, name)))
	d.KnownFields(true)
	for {
		var one T
		err := d.Decode(&one)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, one)
	}
}

// compose is what of a compose file is used.
type compose struct {
	Name     string
	Services map[string]struct {
		Image  string
		Build  struct{ Context, Dockerfile string }
		Deploy struct{ Replicas int }

		Configs         []struct{ Source, Target string }
		DependsOn       map[string]struct{ Condition string } `yaml:"depends_on"`
		Environment     map[string]string
		Volumes         []string
		Ports           []string
		Networks        []string
		Restart         string
		StopGracePeriod string   `yaml:"stop_grace_period"`
		ReadOnly        bool     `yaml:"read_only"`
		CapDrop         []string `yaml:"cap_drop"`
		SecurityOpt     []string `yaml:"security_opt"`
		Healthcheck     *struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
	}
	Configs  map[string]struct{ File string }
	Networks map[string]struct {
		Internal bool
		IPAM     struct{ Config []struct{ Subnet string } }
	}
	Volumes map[string]struct{}
}

func TestTheComposeFileHangsTogether(t *testing.T) {
	c := strictly[compose](t, "compose.yaml")[0]
	for name, s := range c.Services {
		for on, how := range s.DependsOn {
			require.Equal(t, "service_healthy", how.Condition)
			require.NotNil(t, c.Services[on].Healthcheck, "%s waits for %s", name, on)
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			require.Contains(t, c.Volumes, volume)
		}
		for _, n := range s.Networks {
			require.Contains(t, c.Networks, n)
		}
		for _, config := range s.Configs {
			require.FileExists(t, filepath.Join("tools", "deploy", c.Configs[config.Source].File))
		}
	}
	app, db, proxy := c.Services["iozen"], c.Services["db"], c.Services["proxy"]
	require.Equal(t, 2, app.Deploy.Replicas)
	require.Equal(t, c.Networks[proxy.Networks[0]].IPAM.Config[0].Subnet, app.Environment["IOZEN_TRUSTED_PROXIES"])
	require.NotContains(t, proxy.Networks, db.Networks[0])
	require.FileExists(t, filepath.Join("tools", "deploy", app.Build.Context, app.Build.Dockerfile))
	require.Equal(t, app.Environment["PGPASSWORD"], db.Environment["POSTGRES_PASSWORD"])
	require.Contains(t, app.Environment["IOZEN_DATABASE_URL"], fmt.Sprintf("postgres://%s@db/%s?", db.Environment["POSTGRES_USER"], db.Environment["POSTGRES_DB"]))
	_, env := dockerfile(t)
	app.Environment["IOZEN_DATABASE_URL"] = strings.Replace(app.Environment["IOZEN_DATABASE_URL"], "@db/", "@no-such-host.invalid/", 1)
	startsWith(t, env, app.Environment, "the host of the database, no-such-host.invalid, was not found")
}

// The proxy asks the address that says whether a server can commit, and never sends again what it has sent.
func TestTheProxysConfigurationIsValid(t *testing.T) {
	said, err := exec.Command("haproxy", "-c", "-f", filepath.Join("tools", "deploy", "haproxy.cfg")).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.NotContains(t, string(said), "WARNING")
	text := deployFile(t, "haproxy.cfg")
	_, env := dockerfile(t)
	require.Contains(t, text, "iozen:"+strings.TrimPrefix(env["IOZEN_ADDR"], "0.0.0.0:"))
	require.Contains(t, text, "httpchk GET /readyz")
	require.NotContains(t, text, "retry-on", "else a request that was sent")
	_, port, _ := strings.Cut(strings.TrimPrefix(strictly[compose](t, "compose.yaml")[0].Services["proxy"].Ports[0], "127.0.0.1:"), ":")
	require.Contains(t, text, "bind :"+port)
}

// manifest is what of the kinds that we use is used.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   metadata
	Spec       struct {
		// PodDisruptionBudget
		MaxUnavailable int `yaml:"maxUnavailable"`
		// Service; the others' have matchLabels inside
		Selector map[string]any
		Ports    []struct {
			Name       string
			Port       int
			TargetPort string `yaml:"targetPort"`
		}
		// Deployment
		Replicas int
		Strategy struct {
			Type          string
			RollingUpdate struct {
				MaxSurge       int `yaml:"maxSurge"`
				MaxUnavailable int `yaml:"maxUnavailable"`
			} `yaml:"rollingUpdate"`
		}
		Template struct {
			Metadata metadata
			Spec     pod
		}
	}
}

type metadata struct {
	Name   string
	Labels map[string]string
}

type pod struct {
	AutomountServiceAccountToken  *bool `yaml:"automountServiceAccountToken"`
	TerminationGracePeriodSeconds int   `yaml:"terminationGracePeriodSeconds"`
	TopologySpreadConstraints     []struct {
		MaxSkew           int            `yaml:"maxSkew"`
		TopologyKey       string         `yaml:"topologyKey"`
		WhenUnsatisfiable string         `yaml:"whenUnsatisfiable"`
		LabelSelector     map[string]any `yaml:"labelSelector"`
	} `yaml:"topologySpreadConstraints"`
	SecurityContext struct {
		RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
		RunAsUser      int                   `yaml:"runAsUser"`
		RunAsGroup     int                   `yaml:"runAsGroup"`
		FSGroup        int                   `yaml:"fsGroup"`
		SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	Containers []struct {
		Name, Image string
		Env         []struct{ Name, Value string }
		Ports       []struct {
			Name          string
			ContainerPort int `yaml:"containerPort"`
		}
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		Lifecycle      struct {
			PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
		}
		Resources       struct{ Requests, Limits map[string]string }
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name   string
		Secret struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
		}
	}
}

type probe struct {
	HTTPGet          struct{ Path, Port string } `yaml:"httpGet"`
	PeriodSeconds    int                         `yaml:"periodSeconds"`
	TimeoutSeconds   int                         `yaml:"timeoutSeconds"`
	FailureThreshold int                         `yaml:"failureThreshold"`
}

func TestTheManifestHangsTogether(t *testing.T) {
	kinds := map[string]manifest{}
	for _, m := range strictly[manifest](t, "kubernetes.yaml") {
		kinds[m.Kind] = m
	}
	require.Len(t, kinds, 3)
	deployment := kinds["Deployment"].Spec
	require.Equal(t, 2, deployment.Replicas)
	require.Equal(t, 1, kinds["PodDisruptionBudget"].Spec.MaxUnavailable)
	labels := map[string]any{}
	for name, value := range deployment.Template.Metadata.Labels {
		labels[name] = value
	}
	for _, selector := range []map[string]any{
		deployment.Selector, kinds["PodDisruptionBudget"].Spec.Selector, deployment.Template.Spec.TopologySpreadConstraints[0].LabelSelector,
	} {
		require.Equal(t, map[string]any{"matchLabels": labels}, selector)
	}
	require.Equal(t, labels, kinds["Service"].Spec.Selector)

	pod := deployment.Template.Spec
	c := pod.Containers[0]
	require.Greater(t, pod.TerminationGracePeriodSeconds, c.Lifecycle.PreStop.Sleep.Seconds+int(drainTime.Seconds()))
	require.True(t, pod.SecurityContext.RunAsNonRoot)
	lines, env := dockerfile(t)
	require.Contains(t, lines, fmt.Sprintf("USER %d:%d", pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup))
	ports := map[string]int{}
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	require.Contains(t, lines, fmt.Sprintf("EXPOSE %d", ports["http"]))
	require.Contains(t, ports, kinds["Service"].Spec.Ports[0].TargetPort)
	routes, err := os.ReadFile(filepath.Join("handlers", "routes.go"))
	require.NoError(t, err)
	for _, p := range []probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		require.Contains(t, string(routes), `e.GET("`+p.HTTPGet.Path+`"`)
		require.Contains(t, ports, p.HTTPGet.Port)
	}
	mounts := map[string]string{}
	for _, m := range c.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	for _, v := range pod.Volumes {
		require.Contains(t, mounts, v.Name)
		require.Contains(t, deployFile(t, "kubernetes.yaml"), "kubectl create secret generic "+v.Secret.SecretName+" ")
	}
	require.Equal(t, mounts["key"], filepath.Dir(env["IOZEN_KEY_FILE"]))
	set := map[string]string{}
	for _, e := range c.Env {
		set[e.Name] = e.Value
	}
	require.Equal(t, mounts["database"], filepath.Dir(set["IOZEN_DATABASE_URL_FILE"]))
	require.Regexp(t, regexp.MustCompile(`:`+fmt.Sprint(ports["metrics"])+`$`), set["IOZEN_METRICS_ADDR"])
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte("postgres://iozen:secret@no-such-host.invalid/iozen"), 0o600))
	set["IOZEN_DATABASE_URL_FILE"] = file
	startsWith(t, env, set, "the host of the database, no-such-host.invalid, was not found")
}

// startsWith runs the program with the variables of the image and those beside it, as far as it gets here.
func startsWith(t *testing.T, image, beside map[string]string, says string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, variables := range []map[string]string{image, beside} {
		for name, value := range variables {
			t.Setenv(name, value)
		}
	}
	t.Setenv("IOZEN_ADDR", "127.0.0.1:0")
	t.Setenv("IOZEN_METRICS_ADDR", "127.0.0.1:0")
	code, _, failed := iozen(t, "", "serve")
	require.Equal(t, exitFailure, code, failed)
	require.Contains(t, failed, says)
}
