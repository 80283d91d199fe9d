package delivery

import (
	"bytes"
	"fmt"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fast fake api: counts paths
type fast struct {
	mu    sync.Mutex
	got   map[string]int
	n     int
	dup   int
	req   int
	sizes []int
}

func (f *fast) take(body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range bytes.Split(body, []byte(`"request_path":"`))[1:] {
		i := bytes.IndexByte(p, '"')
		k := string(p[:i])
		if strings.HasPrefix(k, "/poison") {
			panic("poison accepted")
		}
		f.got[k]++
		if f.got[k] > 1 {
			f.dup++
		} else {
			f.n++
		}
	}
}
func ok() *http.Response      { w := httptest.NewRecorder(); w.WriteHeader(200); return w.Result() }
func st(s int) *http.Response { w := httptest.NewRecorder(); w.WriteHeader(s); return w.Result() }
func storm(t *testing.T, d *testDelivery, batches []*queue.Batch, every time.Duration, total time.Duration, f *fast) {
	sem := make(chan struct{}, 18)
	var wg sync.WaitGroup
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, b := range batches {
			if every > 0 {
				time.Sleep(every)
			}
			sem <- struct{}{}
			wg.Go(func() { _ = d.Push(t.Context(), b); <-sem })
		}
	}()
	begun := time.Now()
	prev := 0
	for time.Since(begun) < total {
		time.Sleep(total / 8)
		f.mu.Lock()
		t.Logf("%v: delivered %d (+%d) doubled %d requests %d limit %d bytes %d", time.Since(begun), f.n, f.n-prev, f.dup, f.req, d.dispatcher.pace.underWay, d.dispatcher.pace.bytes)
		prev = f.n
		f.mu.Unlock()
	}
	d.stop(errStopped)
	<-done
	wg.Wait()
	require.NoError(t, d.Shutdown(t.Context()))
	t.Log("rejected", d.dropped(t, telemetry.DropRejected), d.dropped(t, telemetry.DropTooLarge), "givenup", d.dropped(t, telemetry.DropGivenUp))
}
func (f *fast) transport(rtt time.Duration, o objection) transport {
	return func(r *http.Request) (*http.Response, error) {
		time.Sleep(rtt)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		f.req++
		f.sizes = append(f.sizes, len(body))
		f.mu.Unlock()
		if bytes.Contains(body, []byte("/poison")) {
			return o(r)
		}
		f.take(body)
		return ok(), nil
	}
}
func TestRow2(t *testing.T) {
	for _, name := range []string{"403", "404", "429", "500", "a reset", "silence", "422"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				f := &fast{got: map[string]int{}}
				d.settings.Queue = configoptional.Some(exporterhelper.NewDefaultQueueConfig())
				d.client.http.Transport = f.transport(2*time.Millisecond, objections[name])
				bad := map[int]bool{}
				for len(bad) < 30 {
					bad[rand.N(60000)] = true
				}
				var bs []*queue.Batch
				for k := 0; k < 60000; k += 3500 {
					bs = append(bs, batchOf(min(3500, 60000-k), func(i int) string {
						if bad[k+i] {
							return fmt.Sprintf("/poison/%d", k+i)
						}
						return fmt.Sprintf("/%d%s", k+i, strings.Repeat("x", 100))
					}))
				}
				storm(t, d, bs, 0, 50*time.Second, f)
			})
		})
	}
}
func TestRow413(t *testing.T) {
	for _, s := range []int{413, 407, 409, 410, 418, 421, 431, 451, 499, 400, 422} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				f := &fast{got: map[string]int{}}
				begun := time.Now()
				tr := f.transport(2*time.Millisecond, nil)
				d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					if time.Since(begun) < 5*time.Second {
						time.Sleep(2 * time.Millisecond)
						_, _ = io.ReadAll(r.Body)
						f.mu.Lock()
						f.req++
						f.mu.Unlock()
						return st(s), nil
					}
					return tr(r)
				})
				var bs []*queue.Batch
				for k := range 40 {
					bs = append(bs, batchNamed(k, 400, false))
				}
				storm(t, d, bs, time.Second, 80*time.Second, f)
				t.Log(f.sizes[max(0, len(f.sizes)-10):])
			})
		})
	}
}
func TestRow10(t *testing.T) {
	for _, rtt := range []time.Duration{time.Millisecond, 100 * time.Millisecond} {
		for _, name := range []string{"422", "403"} {
			t.Run(fmt.Sprint(rtt, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					f := &fast{got: map[string]int{}}
					d.client.http.Transport = f.transport(rtt, objections[name])
					var bs []*queue.Batch
					n := 0
					for k := range 36 {
						bs = append(bs, batchOf(1000, func(i int) string {
							if rand.N(10) == 0 {
								n++
								return fmt.Sprintf("/poison/%d-%d", k, i)
							}
							return fmt.Sprintf("/%d-%d", k, i)
						}))
					}
					storm(t, d, bs, 5*time.Second, 200*time.Second, f)
					t.Log("bad", n, "good", 36000-n, "requests a visit", float64(f.req)/36000)
				})
			})
		}
	}
}
func TestRowSlowAPI(t *testing.T) {
	for _, fifo := range []bool{true, false} {
		for _, timeout := range []time.Duration{5 * time.Second, 30 * time.Second} {
			t.Run(fmt.Sprint(fifo, timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					f := &fast{got: map[string]int{}}
					d.dispatcher.pace.timeout = timeout
					d.client.http.Timeout = timeout
					work := make(chan func(), 1000)
					go func() {
						var q []func()
						for {
							if len(q) == 0 {
								w, ok := <-work
								if !ok {
									return
								}
								q = append(q, w)
							}
							for len(work) > 0 {
								w, ok := <-work
								if !ok {
									break
								}
								q = append(q, w)
							}
							i := 0
							if !fifo {
								i = rand.N(len(q))
							}
							w := q[i]
							q = slices.Delete(q, i, i+1)
							time.Sleep(time.Second)
							w()
						}
					}()
					d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
						body, _ := io.ReadAll(r.Body)
						f.mu.Lock()
						f.req++
						f.mu.Unlock()
						done := make(chan struct{})
						work <- func() { f.take(body); close(done) }
						select {
						case <-done:
							return ok(), nil
						case <-r.Context().Done():
							return nil, r.Context().Err()
						}
					})
					var bs []*queue.Batch
					for k := range 53 {
						bs = append(bs, batchNamed(k, 750, false))
					}
					storm(t, d, bs, 0, 50*time.Second, f)
					close(work)
					time.Sleep(20 * time.Second)
				})
			})
		}
	}
}
func TestRowSlowLine(t *testing.T) {
	for _, size := range []int{1900, 3500} {
		for _, timeout := range []time.Duration{5 * time.Second, 30 * time.Second} {
			t.Run(fmt.Sprint(size, timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					f := &fast{got: map[string]int{}}
					d.dispatcher.pace.timeout = timeout
					d.client.http.Timeout = timeout
					line := make(chan chan struct{}) // tokens of 1500 bytes each 10ms
					stop := make(chan struct{})
					go func() {
						for {
							select {
							case <-stop:
								return
							case c := <-line:
								time.Sleep(10 * time.Millisecond)
								close(c)
							}
						}
					}()
					d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
						body, _ := io.ReadAll(r.Body)
						f.mu.Lock()
						f.req++
						f.mu.Unlock()
						for range len(body)/1500 + 1 {
							c := make(chan struct{})
							select {
							case line <- c:
								<-c
							case <-r.Context().Done():
								return nil, r.Context().Err()
							}
						}
						f.take(body)
						if r.Context().Err() != nil {
							return nil, r.Context().Err()
						}
						return ok(), nil
					})
					var bs []*queue.Batch
					for k := range 60 {
						bs = append(bs, batchOf(size, func(i int) string { return fmt.Sprintf("/%d-%d%s", k, i, strings.Repeat("y", 100)) }))
					}
					t.Log(bs[0].BytesSize())
					storm(t, d, bs, 0, 60*time.Second, f)
					close(stop)
				})
			})
		}
	}
}
func TestFlaky(t *testing.T) {
	for _, p := range []float64{.1, .5, .8} {
		for _, s := range []int{500, 403} {
			t.Run(fmt.Sprint(p, s), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					f := &fast{got: map[string]int{}}
					tr := f.transport(20*time.Millisecond, nil)
					d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
						if rand.Float64() < p {
							time.Sleep(20 * time.Millisecond)
							_, _ = io.ReadAll(r.Body)
							f.mu.Lock()
							f.req++
							f.mu.Unlock()
							return st(s), nil
						}
						return tr(r)
					})
					var bs []*queue.Batch
					for k := range 200 {
						bs = append(bs, batchNamed(k, 200, false))
					}
					storm(t, d, bs, 2*time.Second, 900*time.Second, f)
				})
			})
		}
	}
}
