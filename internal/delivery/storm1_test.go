package delivery

import (
	"fmt"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/stretchr/testify/require"
	"net/http"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestStormRow1(t *testing.T) {
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newTestDelivery(t)
				d.object(o)
				inner := d.client.http.Transport
				d.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					time.Sleep(50 * time.Millisecond)
					return inner.RoundTrip(r)
				})
				var wg sync.WaitGroup
				var mu sync.Mutex
				sent := map[string]time.Time{}
				_ = sent
				delays := []time.Duration{}
				seen := 0
				stop := make(chan struct{})
				go func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(100 * time.Millisecond):
						}
						vs := d.api.Visits(fakeapi.KnownAgents)
						for ; seen < len(vs); seen++ {
							p := vs[seen].KnownAgents.RequestPath
							var k, i int
							if strings.HasPrefix(p, "/poison") {
								t.Errorf("poison delivered")
							}
							fmt.Sscanf(p, "/%d-%d", &k, &i)
							mu.Lock()
							delays = append(delays, time.Since(sent[fmt.Sprint(k)])+time.Duration(5000-50*i)*time.Millisecond)
							mu.Unlock()
						}
					}
				}()
				n := 0
				for k := range 144 { // 12 minutes, a batch each 5s
					time.Sleep(5 * time.Second)
					mu.Lock()
					sent[fmt.Sprint(k)] = time.Now()
					mu.Unlock()
					b := batchNamed(k, 100, k%6 == 3)
					n += 100
					if k%6 == 3 {
						n--
					}
					wg.Go(func() { _ = d.Push(t.Context(), b) })
				}
				time.Sleep(time.Minute)
				close(stop)
				open := 0
				d.dispatcher.mu.Lock()
				open = len(d.dispatcher.suspects) + len(d.dispatcher.ready)
				d.dispatcher.mu.Unlock()
				sort.Slice(delays, func(a, b int) bool { return delays[a] < delays[b] })
				if len(delays) > 0 {
					t.Log(name, "delivered", len(delays), "of", n, "p50", delays[len(delays)/2], "p99", delays[len(delays)*99/100], "max", delays[len(delays)-1], "requests", d.requests.Load(), "dropped", d.dropped(t, telemetry.DropRejected), "open", open)
				}
				require.NoError(t, d.Shutdown(t.Context()))
				wg.Wait()
				t.Log("dropped", d.dropped(t, telemetry.DropRejected), d.dropped(t, telemetry.DropTooLarge), "givenup", d.dropped(t, telemetry.DropGivenUp))
			})
		})
	}
}
