package attempt

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	systemHosts = "/etc/hosts"
	// hostsFresh is how long the file is used without checking it for changes.
	hostsFresh = 5 * time.Second
	// maxHosts bounds what is read of it; lists of advertisers are megabytes long.
	maxHosts = 16 << 20
)

// hostsFile is the system's file of names, which every program asks before the name servers. Go's resolver never finds a
// name with a final dot there, and without one it tries search domains. The zero value knows localhost only.
type hostsFile struct {
	path string

	mu      sync.Mutex
	looked  time.Time
	changed time.Time // the file's own time
	size    int64
	names   map[string][]net.IPAddr
}

// lookup returns the addresses of a lower-case name without a final dot; none if the file does not have it. localhost,
// and what ends in it, is this machine even if the file says nothing (RFC 6761).
func (h *hostsFile) lookup(name string, now time.Time) []net.IPAddr {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh(now)
	if addrs := h.names[name]; len(addrs) > 0 {
		return append([]net.IPAddr(nil), addrs...)
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 1)}, {IP: net.IPv6loopback}}
	}
	return nil
}

// refresh reads the file again if it has changed. A file that cannot be read counts as empty.
func (h *hostsFile) refresh(now time.Time) {
	if h.path == "" || now.Sub(h.looked) < hostsFresh && !now.Before(h.looked) {
		return
	}
	h.looked = now
	info, err := os.Stat(h.path)
	if err == nil && h.names != nil && info.ModTime().Equal(h.changed) && info.Size() == h.size {
		return
	}
	file, err := os.Open(h.path)
	if err != nil {
		h.names = nil
		return
	}
	defer file.Close()
	h.names = parseHosts(io.LimitReader(file, maxHosts))
	if info != nil {
		h.changed, h.size = info.ModTime(), info.Size()
	}
}

// parseHosts reads lines of an address and its names. Other lines are ignored, as in every other program.
func parseHosts(r io.Reader) map[string][]net.IPAddr {
	names := map[string][]net.IPAddr{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		for _, name := range fields[1:] {
			name = strings.ToLower(strings.TrimSuffix(name, "."))
			names[name] = append(names[name], net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()})
		}
	}
	return names
}
