package server

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"iozen/sender/engine"
	"iozen/store"
)

// Metrics is what an operator's Prometheus reads. It has no labels of bots, URLs or people.
type Metrics struct {
	registry *prometheus.Registry
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
}

// NewMetrics makes the metrics of one process.
func NewMetrics() *Metrics {
	m := &Metrics{
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

// Gauge registers a number that is read when asked for.
func (m *Metrics) Gauge(name, help string, read func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(read()) }))
}

// Count registers a number that only grows and is read when asked for.
func (m *Metrics) Count(name, help string, read func() int) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
		func() float64 { return float64(read()) }))
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// Watch counts the attempts of a client.
func (m *Metrics) Watch(next engine.Attempter) engine.Attempter { return &watched{next, m} }

type watched struct {
	next engine.Attempter
	*Metrics
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
