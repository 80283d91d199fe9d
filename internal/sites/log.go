// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import "go.uber.org/zap"

// report tells the log what has become of the files, each by its name. It shows nothing of
// what they hold but hosts.
func (r *Registry) report(files []*file, isFirst bool) {
	inFiles := 0
	for _, f := range files {
		r.reportFault(f)
		before := f.good
		f.good = f.used
		if f.good != nil {
			inFiles++
		}
		if isFirst || f.good == before {
			continue
		}
		switch {
		case before == nil:
			r.logger.Info("A site was added.", zap.String("site", f.good.name), zap.String("file", f.name))
		case f.good == nil:
			r.logRemoved(before, f)
		default:
			r.logger.Info("A site was changed.", zap.String("site", f.good.name), zap.String("file", f.name))
		}
	}
	if r.directory != nil {
		for _, f := range r.directory.gone {
			if f.good != nil {
				r.logRemoved(f.good, f)
			}
		}
	}
	if isFirst {
		r.logger.Info("The sites are known.", zap.Int("sites", r.Set().Len()), zap.Int("in_files", inFiles))
	}
}

func (r *Registry) logRemoved(v *version, f *file) {
	r.logger.Info("A site was removed.", zap.String("site", v.name), zap.String("file", f.name))
}

// reportFault tells the log of each fault once, and once that a file has none any more.
func (r *Registry) reportFault(f *file) {
	fault := f.fault
	if fault == nil {
		fault = f.conflict
	}
	text := ""
	if fault != nil {
		text = fault.Error()
	}
	if text == f.reported {
		return
	}
	f.reported = text
	switch {
	case fault == nil:
		r.logger.Info("The file of a site can be used again.", zap.String("file", f.name))
	case f.used != nil:
		r.logger.Error("The file of a site cannot be used. The site stays as it was before.", zap.String("file", f.name), zap.Error(fault))
	default:
		r.logger.Error("The file of a site cannot be used. The visits of its hosts are skipped, unless another site has them.", zap.String("file", f.name), zap.Error(fault))
	}
}

// watch has the log told of changes to the file of a site's secret.
func (r *Registry) watch(v *version) {
	v.to.WatchSecret(func(fault error) {
		if fault != nil {
			r.logger.Error("The file of a site's secret has changed and cannot be used. The secret that it held before stays in use.", zap.String("site", v.name), zap.Error(fault))
			return
		}
		r.logger.Info("The file of a site's secret can be used again. Its secret is in use.", zap.String("site", v.name))
	})
}
