package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"iozen/sender"
	"iozen/store"
)

// metrics is what an operator's Prometheus reads. It has no labels of bots, URLs or people.
type metrics struct {
	registry *prometheus.Registry
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "iozen_attempts_total", Help: "Requests made to endpoints, tests included, by result.",
		}, []string{"result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "iozen_attempt_seconds", Help: "How long a request took, from dialling to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 16), // 1 ms to 33 s
		}),
	}
	m.registry.MustRegister(m.attempts, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge registers a number that is read when asked for.
func (m *metrics) gauge(name, help string, read func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(read()) }))
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// watch counts the attempts of a client.
func (m *metrics) watch(next sender.Attempter) sender.Attempter { return &watched{next, m} }

type watched struct {
	next sender.Attempter
	*metrics
}

func (w *watched) Attempt(ctx context.Context, hook store.Webhook, d store.Delivery) store.Attempt {
	a := w.next.Attempt(ctx, hook, d)
	result := "failed"
	if a.Delivered() {
		result = "delivered"
	}
	w.attempts.WithLabelValues(result).Inc()
	w.seconds.Observe(a.Duration.Seconds())
	return a
}
