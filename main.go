// Command iozen runs intake bots' webhooks: the settings pages, the sender behind them, and the log.
//
// This package is only the command line. Each command builds the parts it needs and runs them; the parts themselves are in
// handlers, sender and store.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"iozen/handlers/settings"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "dev"

// Exit codes, for supervisors and scripts.
const (
	exitOK      = 0
	exitFailure = 1 // the command ran and failed
	exitUsage   = 2 // the command line or the environment cannot be understood
)

// cli is every command with its flags. Each flag has an environment variable; --help lists both.
type cli struct {
	Serve       serveCmd       `cmd:"" default:"withargs" help:"Run the pages, the API and the sender (what iozen does when no command is given)."`
	Receive     receiveCmd     `cmd:"" help:"Run a local endpoint that shows what arrives and can answer like a broken server."`
	Key         keyCmd         `cmd:"" help:"Manage API keys and the master key."`
	User        userCmd        `cmd:"" help:"Manage accounts."`
	Backup      backupCmd      `cmd:"" help:"Write a consistent copy of a SQLite database, while the server runs or not; for PostgreSQL, say how."`
	Migrate     migrateCmd     `cmd:"" name:"migrate-database" help:"Copy a SQLite database into PostgreSQL, and check the copy. No server may run."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it can commit."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// terminal is what a command reads from and writes to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals(signal.Ignored)...)
	code := run(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// stopSignals ask for a clean stop: Ctrl-C, a supervisor, and a closed terminal, unless nohup blocks that.
func stopSignals(ignored func(os.Signal) bool) []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// run is main without the process, so that tests can call it.
func run(ctx context.Context, args []string, t terminal) int {
	var commands cli
	code, exited := exitOK, false
	parser, err := kong.New(&commands,
		kong.Name("iozen"),
		kong.Description("ioZen Webhooks sends the conversion events of intake bots to any HTTP endpoint."),
		kong.Writers(t.out, t.err),
		kong.Exit(func(c int) { code, exited = c, true }), // --help ends here
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(t),
	)
	if err != nil {
		return t.fail(exitFailure, fmt.Errorf("building the command line: %w", err))
	}
	command, err := parser.Parse(args)
	switch {
	case exited:
		return code
	case err != nil:
		return t.fail(exitUsage, err)
	}
	if err := command.Run(settings.StrayIn(os.Environ(), parser.Model)); err != nil {
		var usage *settings.Error
		if errors.As(err, &usage) {
			return t.fail(exitUsage, err)
		}
		return t.fail(exitFailure, err)
	}
	return exitOK
}

func (t terminal) fail(code int, err error) int {
	fmt.Fprintln(t.err, "iozen:", err)
	return code
}
