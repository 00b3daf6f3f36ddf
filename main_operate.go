package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"iozen/handlers/receive"
	"iozen/store"
)

// backupCmd copies the database, without its key, which it does not need.
type backupCmd struct {
	databaseFlag
	File string `arg:"" help:"The file to write; it must not exist yet."`
}

// Run writes the copy.
func (c *backupCmd) Run(ctx context.Context, t terminal) error {
	if _, err := c.path(); err != nil {
		return err
	}
	if err := store.Backup(ctx, c.DatabaseURL, c.File); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Wrote %s. The key file is not in it: keep it elsewhere.\n", c.File)
	return nil
}

// healthcheckCmd is for container probes: exit code 0 when a running server can commit.
type healthcheckCmd struct {
	Addr    string        `env:"IOZEN_ADDR" default:"127.0.0.1:8080" help:"Where the server listens."`
	Timeout time.Duration `env:"IOZEN_HEALTHCHECK_TIMEOUT" default:"5s" help:"How long to wait for the answer."`
}

// Run asks the server.
func (c *healthcheckCmd) Run(ctx context.Context, t terminal) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(c.Addr)+"/readyz", nil)
	if err != nil {
		return &usageError{"IOZEN_ADDR", err}
	}
	res, err := (&http.Transport{}).RoundTrip(req) // no proxy, no redirect
	if err != nil {
		return fmt.Errorf("not reachable: %w", err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // what was said is only a remark
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: HTTP %d: %s", res.StatusCode, said)
	}
	fmt.Fprintln(t.out, "ready")
	return nil
}

// reachable turns "every address" (":8080", "0.0.0.0:8080") into one that can be dialled.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	ip, err := netip.ParseAddr(host)
	if host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

type versionCmd struct{}

// Run prints the version alone.
func (versionCmd) Run(t terminal) error {
	fmt.Fprintln(t.out, version)
	return nil
}

// receiveCmd is the local endpoint for trying things.
type receiveCmd struct {
	Addr       string `env:"IOZEN_RECEIVE_ADDR" default:"127.0.0.1:8090" help:"Where to listen."`
	SecretFile string `env:"IOZEN_RECEIVE_SECRET_FILE" placeholder:"PATH" help:"File with signing secrets (whsec_…), comma separated: then signatures are checked. Or set IOZEN_RECEIVE_SECRET."`
}

// Run receives until ctx ends.
func (c *receiveCmd) Run(ctx context.Context, t terminal) error {
	if err := checkAddr(c.Addr, "127.0.0.1:8090"); err != nil {
		return &usageError{"IOZEN_RECEIVE_ADDR", err}
	}
	text, err := secretOf("IOZEN_RECEIVE_SECRET", c.SecretFile)
	if err != nil {
		return err
	}
	var secrets []string
	for _, secret := range strings.Split(text, ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			secrets = append(secrets, secret)
		}
	}
	if err := receive.CheckSecrets(secrets); err != nil {
		return &usageError{"IOZEN_RECEIVE_SECRET", err}
	}
	return receive.Serve(ctx, c.Addr, t.out, secrets...)
}
