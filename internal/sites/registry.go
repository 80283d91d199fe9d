// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Registry holds the sites of one exporter, and follows the directory with one goroutine.
type Registry struct {
	only      *destination.Site // of an exporter with one site, or nil
	logger    *zap.Logger
	listed    []*version
	directory *directory // nil if there is none
	current   atomic.Pointer[Set]

	mu      sync.RWMutex
	known   map[string]*destination.Site // by identity, those removed as well
	changed []func()                     // see OnChange

	former former
	fault  string // of the directory, which the log has

	users   atomic.Int32
	started sync.Once
	stop    context.CancelFunc
	done    sync.WaitGroup
	forget  func() // see Registries
}

// New reads the sites of a configuration that was checked. It fails if the directory cannot
// be read. A file with a fault is left out, and the log says so.
func New(s *destination.Sites, logger *zap.Logger) (*Registry, error) {
	r := &Registry{logger: logger, known: map[string]*destination.Site{}, former: former{}, stop: func() {}, forget: func() {}}
	for i, e := range s.List {
		f := validation.NewFaults()
		if e.Check(inList(f, s, i)); f.Err() != nil {
			return nil, f.Err()
		}
		r.listed = append(r.listed, newVersion(e, age{}))
	}
	if s.Directory != "" {
		r.directory = &directory{sites: s, files: map[string]*file{}}
		if _, err := r.directory.look(); err != nil {
			return nil, fmt.Errorf("%s %w", s.DirectoryKey(), err)
		}
	}
	r.apply(true)
	return r, nil
}

// One is the registry of an exporter with one site, which has all hosts.
func One(site *destination.Site) *Registry {
	r := &Registry{only: site, known: map[string]*destination.Site{site.Identity(): site}, stop: func() {}, forget: func() {}}
	r.current.Store(&Set{sites: 1})
	return r
}

// Only is the site of an exporter with one, or nil.
func (r *Registry) Only() *destination.Site { return r.only }

// Choose is the site of a visit, that of the host that served it, and how the site's visits
// are delivered. Both are nil if no site has that host, or if it has just been removed. If
// only the visitor or an unknown proxy names another host, and that is not the site's, the
// visit loses it.
func (r *Registry) Choose(v *visit.Visit) (*destination.Site, *destination.Destination) {
	site := r.only
	if site == nil {
		site = r.ofHost(v)
	}
	if site == nil {
		return nil, nil
	}
	to := site.Destination()
	if to == nil {
		return nil, nil
	}
	return site, to
}

func (r *Registry) ofHost(v *visit.Visit) *destination.Site {
	set := r.current.Load()
	site := set.Of(v.Served)
	if site != nil && v.Host != v.Served && set.Of(v.Host) != site {
		v.Host = v.Served
		v.Text[visit.HostHeader] = v.Served
	}
	return site
}

// inList are the faults of an entry of the list.
func inList(f validation.Faults, s *destination.Sites, i int) validation.Faults {
	return f.In(s.Block).In("sites").In(strconv.Itoa(i))
}

// Set is the sites as they are now.
func (r *Registry) Set() *Set { return r.current.Load() }

// Find is the site with an identity, or nil if there never was one since the start. A site
// that was removed has no destination.
func (r *Registry) Find(identity string) *destination.Site {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.known[identity]
}

// OnChange has a function called after sites were added, changed or removed.
func (r *Registry) OnChange(tell func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, tell)
}

// leastPause is how long after a look at the directory the next one comes. A look takes at
// most a hundredth of the time.
const leastPause = 2 * time.Second

// Start begins to follow the directory, for the first of several users.
func (r *Registry) Start() {
	if r.directory != nil {
		r.started.Do(func() {
			var ctx context.Context
			ctx, r.stop = context.WithCancel(context.Background())
			r.done.Go(func() { r.follow(ctx) })
		})
	}
}

// Shutdown ends what Start began, when the last user calls it.
func (r *Registry) Shutdown() {
	if r.users.Add(-1) > 0 {
		return
	}
	r.stop()
	r.done.Wait()
	r.forget()
}

func (r *Registry) follow(ctx context.Context) {
	pause := leastPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		r.look()
		pause = max(leastPause, 100*time.Since(began))
	}
}

// look takes over what has changed. A directory that cannot be read changes nothing.
func (r *Registry) look() {
	changed, err := r.directory.look()
	r.noteDirectory(err)
	if changed {
		r.apply(false)
	}
}

// noteDirectory tells the log, once each, that the directory has a fault and that it has
// none any more.
func (r *Registry) noteDirectory(err error) {
	fault := ""
	if err != nil {
		fault = err.Error()
	}
	if fault == r.fault {
		return
	}
	r.fault = fault
	if err != nil {
		r.logger.Warn("The directory of sites cannot be followed. All sites stay as they are.", zap.String("key", r.directory.sites.DirectoryKey()), zap.Error(err))
		return
	}
	r.logger.Info("The directory of sites is followed again.")
}

// apply makes the set of the list and of the files as they are now. Sites are ready before
// the set has them, and are taken away after it.
func (r *Registry) apply(isFirst bool) {
	versions := slices.Clone(r.listed)
	var files []*file
	if r.directory != nil {
		files = r.directory.all()
		resolve(r.listed, files, r.former)
		for _, f := range files {
			if f.used != nil {
				versions = append(versions, f.used)
			}
		}
	}
	r.mu.Lock()
	set := &Set{byPattern: map[hostname.Pattern]*destination.Site{}, sites: len(versions)}
	kept := make(map[string]bool, len(versions))
	for _, v := range versions {
		site := r.site(v)
		kept[v.to.Identity()] = true
		r.former[identityOf(v)] = v
		for _, p := range v.patterns {
			set.byPattern[p] = site
		}
	}
	r.current.Store(set)
	for identity, site := range r.known {
		if !kept[identity] {
			site.Replace(nil)
		}
	}
	changed := slices.Clone(r.changed)
	r.mu.Unlock()
	for _, tell := range changed {
		tell()
	}
	r.report(files, isFirst)
}

// site is the handle of a version's site, with the version's destination. The caller holds
// the lock.
func (r *Registry) site(v *version) *destination.Site {
	identity := v.to.Identity()
	site := r.known[identity]
	switch {
	case site == nil:
		r.watch(v)
		site = destination.NewSite(v.to, v.name)
		r.known[identity] = site
	case site.Destination() != v.to:
		r.watch(v)
		site.Rename(v.name)
		site.Replace(v.to)
	}
	return site
}
