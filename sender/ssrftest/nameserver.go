package ssrftest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// patience is how long a client of a test's server may take.
const patience = 30 * time.Second

// NameServer answers lookups on loopback, over UDP and TCP.
type NameServer struct {
	udp   net.PacketConn
	tcp   net.Listener
	reply Replies
}

// Replies makes the datagrams, or the messages of a stream, that answer a question.
type Replies func(q dnsmessage.Question, overTCP bool, id uint16) [][]byte

// StartNameServer serves until the test is over.
func StartNameServer(t testing.TB, reply Replies) *NameServer {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &NameServer{udp: udp, tcp: tcp, reply: reply}
	var serving sync.WaitGroup
	serving.Go(s.serveUDP)
	serving.Go(s.serveTCP)
	t.Cleanup(func() {
		_ = udp.Close()
		_ = tcp.Close()
		serving.Wait()
	})
	return s
}

// Dial leads every query here, whichever server the machine is configured with.
func (s *NameServer) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	if network == "tcp" {
		return d.DialContext(ctx, network, s.tcp.Addr().String())
	}
	return d.DialContext(ctx, network, s.udp.LocalAddr().String())
}

func (s *NameServer) serveUDP() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.udp.ReadFrom(buf)
		if err != nil {
			return
		}
		for _, m := range s.answer(buf[:n], false) {
			_, _ = s.udp.WriteTo(m, from)
		}
	}
}

func (s *NameServer) serveTCP() {
	for {
		conn, err := s.tcp.Accept()
		if err != nil {
			return
		}
		var size [2]byte
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := io.ReadFull(conn, size[:]); err == nil {
			query := make([]byte, binary.BigEndian.Uint16(size[:]))
			_, _ = io.ReadFull(conn, query)
			for _, m := range s.answer(query, true) {
				_, _ = conn.Write(binary.BigEndian.AppendUint16(nil, uint16(len(m))))
				_, _ = conn.Write(m)
			}
		}
		_ = conn.Close()
	}
}

func (s *NameServer) answer(query []byte, overTCP bool) [][]byte {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	return s.reply(q, overTCP, h.ID)
}

// Records makes one reply: a result code, the canonical name unless it is "" or the one that was asked for, and the addresses
// that are of the question's kind.
func Records(q dnsmessage.Question, id uint16, code dnsmessage.RCode, canonical string, addrs []netip.Addr) []byte {
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, Response: true, RecursionAvailable: true, RCode: code})
	_ = b.StartQuestions()
	_ = b.Question(q)
	_ = b.StartAnswers()
	h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}
	if target := dnsmessage.MustNewName(canonical + "."); canonical != "" && target != q.Name {
		_ = b.CNAMEResource(h, dnsmessage.CNAMEResource{CNAME: target})
		h.Name = target
	}
	for _, a := range addrs {
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			_ = b.AResource(h, dnsmessage.AResource{A: a.As4()})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			_ = b.AAAAResource(h, dnsmessage.AAAAResource{AAAA: a.As16()})
		}
	}
	m, _ := b.Finish()
	return m
}
